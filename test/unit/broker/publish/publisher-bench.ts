import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Publish } from '../../../../src/amqp/index.js';
import { Publisher } from '../../../../src/broker/publish/publisher.js';
import { messageOf } from '../../../../src/errors/index.js';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import { type BrokerEnd, contentFrames } from '../broker-end.js';
import { ADDRESS, BrokerEnds, CONNECT_TIMEOUT_MS, SETTINGS } from '../broker-ends.js';

export { RETRY_MS, STALL_MS } from '../broker-ends.js';
/** A broker that refuses the connection for so long lets the publishes fail. */
export const PATIENCE_MS = CONNECT_TIMEOUT_MS;

/** What became of a publish: `waiting`, `confirmed`, or the code that it failed with. */
export interface Sent {
  outcome: string;
  message: string;
}

/** A real publisher over the real wire, the broker's end of each of its connections, and a clock that the test moves. */
export class PublisherBench {
  readonly publisher: Publisher;
  private readonly log = new RecordedLog();
  /** Times that the broker was reached. */
  connected = 0;
  private readonly brokers = new BrokerEnds();
  private readonly t: TestContext;
  private nowMs = 0;

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.t = t;
    this.publisher = new Publisher({
      address: ADDRESS,
      name: 'publisher',
      settings: SETTINGS,
      logger: this.log.logger,
      random: () => 1,
      nowMs: () => this.nowMs,
      connect: this.brokers.connect,
      onConnected: () => void this.connected++,
    });
  }

  /** The texts of the log lines. */
  get messages(): readonly string[] {
    return this.log.messages;
  }

  /** The broker's ends, one for each connection that was opened. */
  get ends(): readonly BrokerEnd[] {
    return this.brokers.all;
  }

  /** The broker's end of the newest connection. */
  get broker(): BrokerEnd {
    return this.brokers.newest;
  }

  /** Called before each connection is opened; throws where the broker refuses it. */
  set prepare(prepare: (end: BrokerEnd) => void) {
    this.brokers.prepare = prepare;
  }

  /** Publishes to the queue `q`, unless it is said otherwise. */
  publish(body: string, more: Partial<Publish> = {}): Sent {
    const sent: Sent = { outcome: 'waiting', message: '' };
    const publish = {
      exchange: '',
      routingKey: 'q',
      mandatory: true,
      body: Buffer.from(body),
      headers: Buffer.alloc(0),
      properties: { persistent: true },
      ...more,
    };
    void this.follow(sent, this.publisher.publish(publish));
    return sent;
  }

  /** The same, and waits until they are on the wire. */
  async send(...bodies: readonly string[]): Promise<readonly Sent[]> {
    const sent = bodies.map((body) => this.publish(body));
    await this.settle();
    return sent;
  }

  /** All that is on its way comes to rest. */
  async settle(): Promise<void> {
    await this.brokers.settle();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    this.t.mock.timers.tick(ms);
    await this.settle();
  }

  /** The broker confirms one message. */
  async confirm(body: string): Promise<void> {
    await this.answer('BasicAck', body, false);
  }

  /** The broker confirms a message and all before it on its channel. */
  async confirmUpTo(body: string): Promise<void> {
    await this.answer('BasicAck', body, true);
  }

  /** The broker refuses one message. */
  async refuse(body: string): Promise<void> {
    await this.answer('BasicNack', body, false);
  }

  /** The broker gives a message back that no queue took. */
  giveBack(body: string): void {
    const { channel } = this.placeOf(body);
    const method = { replyCode: 312, replyText: 'NO_ROUTE', exchange: '', routingKey: 'q' };
    this.broker.say(methodFrame('BasicReturn', channel, method), contentFrames(channel, body));
  }

  /** The broker closes the channel that a message came over. */
  async closeChannelOf(body: string, replyCode: number, replyText: string): Promise<void> {
    this.broker.closeChannel(this.placeOf(body).channel, replyCode, replyText);
    await this.settle();
  }

  /** The broker closes the connection. */
  async closeConnection(replyCode: number, replyText: string): Promise<void> {
    this.broker.closeConnection(replyCode, replyText);
    await this.settle();
  }

  /** The connection breaks. */
  async loseConnection(): Promise<void> {
    this.broker.destroy();
    await this.settle();
  }

  /** What came over the newest connection, in order. */
  get bodies(): string[] {
    return this.broker.bodies.map(({ text }) => text);
  }

  /** The channel over which a message came last, and the number that the broker confirms it by. */
  placeOf(body: string): { readonly channel: number; readonly tag: number } {
    const at = this.bodies.lastIndexOf(body);
    const tags = new Map<number, number>();
    let published = 0;
    for (const { name, channel } of this.broker.asked) {
      if (name === 'ChannelOpen') tags.set(channel, 0);
      if (name !== 'BasicPublish') continue;
      const tag = (tags.get(channel) ?? 0) + 1;
      tags.set(channel, tag);
      if (published++ === at) return { channel, tag };
    }
    return assert.fail(`${body} was not published`);
  }

  private async follow(sent: Sent, published: Promise<void>): Promise<void> {
    try {
      await published;
      sent.outcome = 'confirmed';
    } catch (error) {
      sent.outcome = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      sent.message = messageOf(error);
    }
  }

  private async answer(name: string, body: string, multiple: boolean): Promise<void> {
    const { channel, tag } = this.placeOf(body);
    this.broker.say(methodFrame(name, channel, { deliveryTag: tag, multiple, requeue: false }));
    await this.settle();
  }
}
