import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type TestVhost, testVhost } from '../broker/test-vhost.js';
import type { JsonRecord } from '../json-record.js';
import { TcpProxy } from '../network/tcp-proxy.js';
import { type Daemon, type DaemonExit, type DaemonOptions, startDaemon } from './daemon.js';
import { fixture } from './fixture.js';

export const CLEAN: DaemonExit = { code: 0, signal: null };
export const FAILED: DaemonExit = { code: 1, signal: null };
/** A machine with two processors and other tests on it may need this long for what takes a moment. */
export const PATIENCE_MS = 60_000;

export interface StageOptions extends Omit<DaemonOptions, 'config' | 'url'> {
  /** The consumer of queue `q`: `FILE:Export` in test/fixtures. */
  readonly consumer: string;
  /** More keys of its entry. */
  readonly entry?: object;
  /** More keys of the queue. */
  readonly queue?: object;
  /** More keys of the configuration; `queues` and `consumers` are added to those of the stage. */
  readonly config?: {
    readonly queues?: readonly object[];
    readonly consumers?: readonly object[];
    readonly [key: string]: unknown;
  };
  /** No proxy on the way: it is in this process, and holds up heartbeats while a long log is read here. */
  readonly isDirect?: boolean;
  /** What is done on the broker before the daemon starts. */
  readonly before?: (vhost: TestVhost) => Promise<void>;
}

/** One daemon with a consumer on the queue `q`, on which a fault is played; its fixtures record `begin` and `done`. */
export class Stage {
  readonly vhost: TestVhost;
  readonly proxy: TcpProxy;
  readonly daemon: Daemon;

  private constructor(vhost: TestVhost, proxy: TcpProxy, daemon: Daemon) {
    this.vhost = vhost;
    this.proxy = proxy;
    this.daemon = daemon;
  }

  /** Starts the daemon, through a proxy where none is declined, and does not wait for it. */
  static async start(t: TestContext, options: StageOptions): Promise<Stage> {
    const { consumer, entry, queue, config, isDirect = false, before, ...rest } = options;
    const vhost = await testVhost(t);
    await before?.(vhost);
    const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
    t.after(() => proxy.close());
    const daemon = await startDaemon(t, {
      ...rest,
      url: isDirect ? vhost.url : proxy.through(vhost.url),
      config: {
        ...config,
        queues: [{ queue: 'q', ...queue }, ...(config?.queues ?? [])],
        consumers: [{ consumer: fixture(consumer), queue: 'q', ...entry }, ...(config?.consumers ?? [])],
      },
    });
    return new Stage(vhost, proxy, daemon);
  }

  static async ready(t: TestContext, options: StageOptions): Promise<Stage> {
    const stage = await Stage.start(t, options);
    await stage.daemon.ready(PATIENCE_MS);
    return stage;
  }

  /** Publishes one message for each text. */
  async send(...texts: readonly string[]): Promise<void> {
    await Promise.all(texts.map((text) => this.vhost.publish('q', text)));
  }

  /** The records of one event, of one message if its text is given. */
  records(event: string, id?: string): JsonRecord[] {
    return this.daemon.records().filter((record) => record.event === event && (id === undefined || record.id === id));
  }

  /** Waits until each of these messages was done. */
  async done(...ids: readonly string[]): Promise<void> {
    await this.daemon.waitForRecords((records) => {
      const done = new Set(records.filter(({ event }) => event === 'done').map(({ id }) => id));
      return ids.every((id) => done.has(id));
    }, PATIENCE_MS);
  }

  /** The `redelivered` flag of each time that a message began. */
  begins(id: string): unknown[] {
    return this.records('begin', id).map(({ redelivered }) => redelivered);
  }

  /** How every fault must end: the next normal message is consumed, the daemon stops, the queue is as it should be. */
  async endsWell({ exit = CLEAN, left = 0 }: { exit?: DaemonExit; left?: number } = {}): Promise<void> {
    await this.send('normal');
    await this.done('normal');
    await this.stops({ exit, left });
  }

  /** The stop ends as promised, and so many messages are on the queue then; none is still with somebody. */
  async stops({ exit = CLEAN, left = 0 }: { exit?: DaemonExit; left?: number } = {}): Promise<void> {
    assert.deepEqual(await this.daemon.stop(PATIENCE_MS), exit);
    await this.holds('q', left);
  }

  /** Waits until a queue has exactly so many messages and none of them is with a consumer. */
  async holds(queue: string, count: number): Promise<void> {
    await this.vhost.holds(queue, count);
  }
}
