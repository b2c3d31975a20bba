import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { type JsonRecord, parseRecordLines } from '../test/support/json-record.js';
import { guardOrphan } from '../test/support/processes/orphan-guard.js';
import { waitFor } from '../test/support/wait.js';

export interface MeasuredProcessOptions {
  /** Default: this Node.js. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it works in: removed by whoever made it, or when the harness is gone. */
  readonly folder: string;
}

/** How long to wait for the process, in milliseconds. */
export interface Patience {
  readonly timeoutMs?: number | undefined;
  /** Between two looks. */
  readonly everyMs?: number;
}

/** A process under measurement: apart from the broker and from the harness, and gone with it. */
export class MeasuredProcess {
  /** Milliseconds since 1970, as in the log's lines. */
  readonly spawnedAt = Date.now();
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exited: Promise<void>;
  readonly #startedAt = performance.now();
  #output = '';
  #readyAt: number | undefined;

  constructor({ program = process.execPath, args, env = {}, folder }: MeasuredProcessOptions) {
    const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_ENV.test(name));
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...env },
    });
    const { pid, stdout, stderr } = this.#child;
    const release = pid === undefined ? () => {} : guardOrphan({ pid, folder });
    this.#exited = new Promise<void>((resolve) => {
      this.#child.once('error', () => resolve());
      this.#child.once('close', () => resolve());
    }).finally(release);
    stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The lines that it has logged so far. */
  get logged(): readonly JsonRecord[] {
    return parseRecordLines(this.#output);
  }

  /** Resolves with the milliseconds from the spawn to the log line `ready`. */
  async ready(): Promise<number> {
    const readyAt = await this.until('be ready', () => this.#readyAt);
    return readyAt - this.#startedAt;
  }

  /** Resolves with the text of a file that the process is to write. */
  async written(file: string, timeoutMs?: number): Promise<string> {
    return this.until(`write ${file}`, () => readFile(file, 'utf8').catch(() => undefined), { timeoutMs });
  }

  /** Resident memory in bytes; undefined where there is no /proc. */
  async residentBytes(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '');
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /** Asks it to stop (SIGTERM), waits, and ends it if it does not. */
  async stop(patienceMs = 10_000): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Resolves with what `look` finds, once that is not undefined. @throws when the process has ended and it is not there */
  async until<T>(what: string, look: () => T | Promise<T>, { timeoutMs = 120_000, everyMs = 5 }: Patience = {}) {
    const settled = async (): Promise<T> => {
      const wasRunning = this.running;
      const found = await look();
      if (found === undefined && !wasRunning)
        throw new Error(`the process ended and did not ${what}:\n${this.#output}`);
      return found;
    };
    return waitFor(settled, { what: () => `the process to ${what}:\n${this.#output}`, timeoutMs, everyMs });
  }

  #read(text: string): void {
    this.#output += text;
    if (this.#readyAt !== undefined) return;
    if (this.logged.some(({ msg }) => msg === 'ready')) this.#readyAt = performance.now();
  }
}

/** The machine's own settings are not for the measured. */
const FOREIGN_ENV = /^(RABBITMQ_.*|AMQP_DISPATCHER_.*|LOGGING_.*|NOMAD_.*)$/;
