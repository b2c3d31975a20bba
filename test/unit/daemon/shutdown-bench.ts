import type { TestContext } from 'node:test';
import { MessageMemory } from '../../../src/amqp/index.js';
import { ConsumerConnection, Publisher } from '../../../src/broker/index.js';
import { shutDown } from '../../../src/daemon/shutdown.js';
import { deferred } from '../../../src/timing/index.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { type BrokerEnd, brief } from '../broker/broker-end.js';
import { ADDRESS, BrokerEnds, SETTINGS } from '../broker/broker-ends.js';
import { Bench } from '../dispatch/bench.js';

export const SHUTDOWN_TIMEOUT_MS = 10_000;
export const ABORT_GRACE_MS = 500;

/** Threads that record each request and end when the test lets them. */
class FakePool {
  /** `stop` resolves with this. */
  stopped = Promise.resolve();
  /** `kill` resolves with this. */
  killed = Promise.resolve();
  /** Called at `abort`, at which consumers may still answer. */
  onAbort = (): void => undefined;
  private readonly steps: string[];

  constructor(steps: string[]) {
    this.steps = steps;
  }

  abort(reason: string): void {
    this.steps.push(`abort: ${reason}`);
    this.onAbort();
  }

  stop(): Promise<void> {
    this.steps.push('stop threads');
    return this.stopped;
  }

  kill(): Promise<void> {
    this.steps.push('kill threads');
    return this.killed;
  }
}

/** A shutdown of a real flow, consumer connection and publisher over the real wire, with threads that the test controls. */
export class ShutdownBench {
  /** Everything that threads and broker were told since the shutdown began, in order. */
  readonly steps: string[] = [];
  readonly pool = new FakePool(this.steps);
  readonly log = new RecordedLog();
  readonly flows = new Bench([0]);
  readonly publisher: Publisher;
  readonly kill = new AbortController();
  /** Of `shutDown`: `waiting` until it has ended. */
  result: unknown = 'waiting';
  private readonly brokers = new BrokerEnds();
  private readonly connection: ConsumerConnection;
  private readonly t: TestContext;

  /** One whose consumer has begun the first of two messages, and whose publisher has published. */
  static async running(t: TestContext): Promise<ShutdownBench> {
    const bench = new ShutdownBench(t);
    await Promise.all([bench.connection.start(), bench.brokers.settle()]);
    bench.publish('first');
    await bench.brokers.settle();
    bench.confirm(1);
    for (const tag of [1, 2]) bench.consuming.deliver(1, tag);
    bench.flows.begin(0);
    bench.steps.length = 0;
    return bench;
  }

  private constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.brokers.prepare = (end, { name }) => {
      end.replyTo = (asked) => void this.steps.push(`${name}: ${brief(asked)}`);
    };
    const options = {
      address: ADDRESS,
      settings: SETTINGS,
      logger: this.log.logger,
      random: () => 1,
      nowMs: () => 0,
      connect: this.brokers.connect,
    };
    this.publisher = new Publisher({ ...options, name: 'publisher' });
    const { flow } = this.flows;
    this.connection = new ConsumerConnection({
      ...options,
      name: 'consumer',
      memory: new MessageMemory(),
      topology: { exchanges: [], queues: [] },
      subscriptions: [
        {
          queue: 'q',
          consumerTag: 'tag',
          prefetch: 10,
          busyAt: Number.POSITIVE_INFINITY,
          arguments: {},
          place: 'consumers[0]',
          isStream: false,
          wantsDeliveries: () => flow.wantsDeliveries,
          onDelivery: (message, epoch) => flow.receive(message, epoch),
          onLost: (epoch, reason) => flow.lose(epoch, reason),
          onCancelled: (epoch) => flow.takeBack(epoch),
        },
      ],
    });
  }

  /** The broker's end of the connection that consumes. */
  get consuming(): BrokerEnd {
    return this.endOf('consumer');
  }

  /** The broker's end of the connection that publishes. */
  get publishing(): BrokerEnd {
    return this.endOf('publisher');
  }

  async shutDown(): Promise<void> {
    const ended = shutDown({
      flows: [this.flows.flow],
      connection: this.connection,
      publisher: this.publisher,
      pool: this.pool,
      shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
      kill: this.kill.signal,
      logger: this.log.logger,
    });
    ended.then(
      (result) => (this.result = result),
      (error: unknown) => (this.result = error),
    );
    await this.brokers.settle();
  }

  /** The consumer returns, which acks. */
  async finish(): Promise<void> {
    this.flows.finish(0);
    await this.brokers.settle();
  }

  /** Publishes to a queue. */
  publish(body: string): void {
    const message = { exchange: '', routingKey: 'q', mandatory: false, body: Buffer.from(body) };
    void this.publisher
      .publish({ ...message, headers: Buffer.alloc(0), properties: { persistent: true } })
      .catch(() => undefined);
  }

  /** The broker confirms a publish. */
  confirm(deliveryTag: number): void {
    this.publishing.confirm(1, deliveryTag);
  }

  async pass(ms: number): Promise<void> {
    this.t.mock.timers.tick(ms);
    await this.brokers.settle();
  }

  /** Keeps the threads from ending until the returned function is called. */
  hold(what: 'stopped' | 'killed'): () => Promise<void> {
    const { promise, resolve } = deferred();
    this.pool[what] = promise;
    return () => {
      resolve();
      return this.brokers.settle();
    };
  }

  private endOf(name: string): BrokerEnd {
    const at = this.brokers.attempts.findIndex((attempt) => attempt.startsWith(`${name} `));
    const end = this.brokers.all[at];
    if (end === undefined) throw new Error(`the ${name} has no connection`);
    return end;
  }
}
