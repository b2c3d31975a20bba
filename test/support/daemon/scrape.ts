import assert from 'node:assert/strict';
import type { Daemon } from './daemon.js';
import { PATIENCE_MS } from './stage.js';

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The HTTP server of a daemon that runs with `--http 127.0.0.1:0`. */
export class DaemonHttp {
  readonly origin: string;

  private constructor(port: number) {
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** Waits until it listens, which is long before `ready`. */
  static async of(daemon: Daemon): Promise<DaemonHttp> {
    const { port } = await daemon.waitForLine({ msg: /^serving probes/ }, PATIENCE_MS);
    assert.ok(typeof port === 'number');
    return new DaemonHttp(port);
  }

  async status(path: string): Promise<number> {
    const response = await fetch(this.origin + path);
    await response.text();
    return response.status;
  }

  async text(path: string, headers: Labels = {}): Promise<string> {
    return (await fetch(this.origin + path, { headers })).text();
  }

  async scrape(): Promise<Scrape> {
    return new Scrape(await this.text('/metrics'));
  }
}

const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Metrics in the Prometheus text format. */
export class Scrape {
  readonly series: readonly Series[];

  constructor(text: string) {
    this.series = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name = assert.fail(`no series: ${line}`), labels = '', value = ''] = SERIES.exec(line) ?? [];
        const pairs = [...labels.matchAll(LABEL)].map(([, key = '', each = '']) => [key, each]);
        return { name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) };
      });
  }

  /** The sum over all series of `amqp_dispatcher_NAME` that have these labels; fails if there is none. */
  value(name: string, labels: Labels = {}): number {
    const found = this.select(name, labels);
    assert.ok(found.length > 0, `no series ${name} ${JSON.stringify(labels)}`);
    return found.reduce((sum, { value }) => sum + value, 0);
  }

  /** The values of `amqp_dispatcher_NAME` by one label, without zeros. */
  by(name: string, label: string, labels: Labels = {}): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const series of this.select(name, labels)) {
      const key = series.labels[label];
      if (key !== undefined && series.value !== 0) counts[key] = (counts[key] ?? 0) + series.value;
    }
    return counts;
  }

  /** Each name with its labels. */
  get identities(): readonly string[] {
    return this.series.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  }

  private select(name: string, labels: Labels): readonly Series[] {
    return this.series.filter(
      (series) =>
        series.name === `amqp_dispatcher_${name}` &&
        Object.entries(labels).every(([key, value]) => series.labels[key] === value),
    );
  }
}
