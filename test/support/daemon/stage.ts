import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type TestVhost, testVhost } from '../broker/test-vhost.js';
import type { JsonRecord } from '../json-record.js';
import { TcpProxy } from '../network/tcp-proxy.js';
import { type Daemon, type DaemonExit, type DaemonOptions, startDaemon } from './daemon.js';
import { fixture } from './fixture.js';

export const CLEAN: DaemonExit = { code: 0, signal: null };
export const FAILED: DaemonExit = { code: 1, signal: null };
/** Patience for short waits on a machine with two busy processors. */
export const PATIENCE_MS = 60_000;

export interface StageOptions extends Omit<DaemonOptions, 'config' | 'url'> {
  /** The consumer of queue `q`: `FILE:Export` in test/fixtures. */
  readonly consumer: string;
  /** More keys of its entry. */
  readonly entry?: object;
  /** More keys of the queue. */
  readonly queue?: object;
  /** More keys of the configuration; its `queues` and `consumers` are added to those of the stage. */
  readonly config?: {
    readonly queues?: readonly object[];
    readonly consumers?: readonly object[];
    readonly [key: string]: unknown;
  };
  /** No proxy, because it would delay heartbeats while this process parses a long log. */
  readonly isDirect?: boolean;
  /** Prepares the broker before the daemon starts. */
  readonly before?: (vhost: TestVhost) => Promise<void>;
}

/** A daemon with a consumer on the queue `q`, for playing a fault; its fixtures record `begin` and `done`. */
export class Stage {
  readonly vhost: TestVhost;
  readonly proxy: TcpProxy;
  readonly daemon: Daemon;

  private constructor(vhost: TestVhost, proxy: TcpProxy, daemon: Daemon) {
    this.vhost = vhost;
    this.proxy = proxy;
    this.daemon = daemon;
  }

  /** Starts the daemon, behind a proxy by default, without waiting for it. */
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

  /** The records of one event, or of one event and message. */
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

  /** The `redelivered` flag of each begin of a message. */
  begins(id: string): unknown[] {
    return this.records('begin', id).map(({ redelivered }) => redelivered);
  }

  /** Checks the end of every fault: the next message is consumed, the daemon stops, the queue is empty. */
  async endsWell({ exit = CLEAN, left = 0 }: { exit?: DaemonExit; left?: number } = {}): Promise<void> {
    await this.send('normal');
    await this.done('normal');
    await this.stops({ exit, left });
  }

  /** Stops the daemon gracefully and checks that so many messages are on the queue, and none with a consumer. */
  async stops({ exit = CLEAN, left = 0 }: { exit?: DaemonExit; left?: number } = {}): Promise<void> {
    assert.deepEqual(await this.daemon.stop(PATIENCE_MS), exit);
    await this.holds('q', left);
  }

  /** Waits until a queue has exactly so many messages and no consumer holds one. */
  async holds(queue: string, count: number): Promise<void> {
    await this.vhost.holds(queue, count);
  }
}
