import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { LiveConnection } from '../../../../src/broker/connection/live-connection.js';
import type { Epoch } from '../../../../src/broker/consume/epoch.js';
import { Subscription } from '../../../../src/broker/consume/subscription.js';
import type { SubscriptionOptions } from '../../../../src/broker/consume/subscription-options.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import { type BrokerEnd, openBrokerEnd } from '../broker-end.js';
import { SETTINGS } from '../broker-ends.js';

export { STALL_MS } from '../broker-ends.js';
/** How long messages that were just counted may take to arrive. */
export const GRACE_MS = 1_000;

/** A delivery that came, and where it is to be answered. */
export interface Received {
  readonly tag: number;
  readonly epoch: Epoch;
}

/** A real subscription over the real wire, the broker's end of it, and a clock that the test moves. */
export class SubscriptionBench {
  readonly broker: BrokerEnd;
  readonly connection: LiveConnection;
  readonly subscription: Subscription;
  readonly received: Received[] = [];
  /** Each epoch that was lost, with the reason. */
  readonly lost: { readonly epoch: Epoch; readonly reason: string }[] = [];
  readonly log = new RecordedLog();
  /** How often the topology was declared before a lost subscription came back. */
  declared = 0;
  /** Epochs whose consumer the broker cancelled. */
  readonly cancelled: Epoch[] = [];
  /** The broker cancels over a message that waited too long for its answer. */
  isOverOneMessage = false;
  private readonly t: TestContext;

  /** @param channelMax channels that the broker allows */
  static async open(
    t: TestContext,
    changes: Partial<SubscriptionOptions> = {},
    channelMax?: number,
  ): Promise<SubscriptionBench> {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { broker, connection } = await openBrokerEnd(channelMax);
    return new SubscriptionBench(t, { broker, connection }, changes);
  }

  /** One that stands already, on channel 1. */
  static async subscribed(t: TestContext, changes: Partial<SubscriptionOptions> = {}): Promise<SubscriptionBench> {
    const bench = await SubscriptionBench.open(t, changes);
    await bench.subscription.start(bench.connection);
    bench.broker.asked.length = 0;
    return bench;
  }

  constructor(
    t: TestContext,
    { broker, connection }: { readonly broker: BrokerEnd; readonly connection: LiveConnection },
    changes: Partial<SubscriptionOptions>,
  ) {
    this.t = t;
    this.broker = broker;
    this.connection = connection;
    this.subscription = new Subscription({
      queue: 'q',
      consumerTag: 'tag',
      prefetch: 10,
      // No ack waits for a lower tag, unless a test says that its instances are busy.
      busyAt: Number.POSITIVE_INFINITY,
      arguments: {},
      place: 'consumers[0]',
      logger: this.log.logger,
      random: () => 1,
      settings: SETTINGS,
      declare: async () => void this.declared++,
      isStream: false,
      wantsDeliveries: () => true,
      onDelivery: ({ deliveryTag }, epoch) => void this.received.push({ tag: deliveryTag, epoch }),
      onLost: (epoch, reason) => void this.lost.push({ epoch, reason }),
      onCancelled: (epoch) => {
        this.cancelled.push(epoch);
        return this.isOverOneMessage;
      },
      ...changes,
    });
  }

  /** So much time passes, and all that follows from it happens. */
  async pass(ms: number): Promise<void> {
    this.t.mock.timers.tick(ms);
    await this.broker.quiet();
  }

  /** The broker closes channel 1: the answer to a message is overdue. */
  async loseChannel(): Promise<void> {
    this.broker.closeChannel(1, 406, 'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out');
    await this.broker.quiet();
  }

  /** The broker delivers these tags. */
  deliver(channel: number, ...tags: readonly number[]): void {
    for (const tag of tags) this.broker.deliver(channel, tag);
  }

  /** The epoch that brought a tag, the newest if several did. */
  epochOf(tag: number): Epoch {
    return this.received.findLast((each) => each.tag === tag)?.epoch ?? assert.fail(`tag ${tag} did not come`);
  }

  ack(...tags: readonly number[]): void {
    for (const tag of tags) assert.ok(this.epochOf(tag).settle(tag, 'ack'));
  }

  /** The requests since the last call, in brief. */
  async news(): Promise<string[]> {
    await this.broker.quiet();
    const news = this.broker.briefly;
    this.broker.asked.length = 0;
    return news;
  }

  /** The texts of the log lines. */
  get messages(): string[] {
    return this.log.messages;
  }
}
