import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { OutgoingMessage, Publish } from '../../../../src/amqp/index.js';
import { encodeOutgoing } from '../../../../src/bridge/index.js';
import type { LiveConnection } from '../../../../src/broker/connection/live-connection.js';
import { type ConnectionFault, PublishChannel } from '../../../../src/broker/publish/publish-channel.js';
import { methodFrame } from '../../../support/amqp/amqp-frames.js';
import { type BrokerEnd, contentFrames, openBrokerEnd } from '../broker-end.js';

/** A message to publish. */
export function publish(more: Partial<Publish> = {}): OutgoingMessage {
  return encodeOutgoing({
    exchange: 'x',
    routingKey: 'k',
    mandatory: false,
    body: Buffer.from('body'),
    headers: Buffer.alloc(0),
    properties: { persistent: true },
    ...more,
  });
}

/** A real publish channel over the real wire, the broker's end of it, and a clock that the test moves. */
export class PublishChannelBench {
  readonly broker: BrokerEnd;
  readonly connection: LiveConnection;
  readonly channel: PublishChannel;
  /** Whether the broker ended the connection over a message. */
  fault: ConnectionFault | undefined;
  nowMs = 0;

  static async open(t: TestContext): Promise<PublishChannelBench> {
    const bench = new PublishChannelBench(t, await openBrokerEnd());
    await bench.channel.open();
    bench.broker.asked.length = 0;
    return bench;
  }

  constructor(t: TestContext, { broker, connection }: Pick<PublishChannelBench, 'broker' | 'connection'>) {
    t.mock.method(performance, 'now', () => this.nowMs);
    this.broker = broker;
    this.connection = connection;
    this.channel = new PublishChannel({
      openChannel: () => connection.opened.openConfirmChannel(),
      connectionFault: () => this.fault,
    });
  }

  /** Publishes messages, and waits until they are on the wire; their outcomes are `outcomes`. */
  async send(...messages: readonly OutgoingMessage[]): Promise<Promise<unknown>[]> {
    const sent = messages.map((message) => outcomeOf(this.channel.send(message)));
    await this.broker.quiet();
    return sent;
  }

  /** The broker gives a message back. */
  giveBack(body: string, properties: object = {}): void {
    const method = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'x', routingKey: 'k' };
    this.broker.say(methodFrame('BasicReturn', 1, method), contentFrames(1, body, properties));
  }

  /** The broker closes the channel. */
  refuseAccess(): void {
    this.broker.closeChannel(1, 403, 'ACCESS_REFUSED - no');
  }
}

/** `confirmed`, the code of the error, or its class if it has none. */
async function outcomeOf(sent: Promise<void>): Promise<unknown> {
  try {
    await sent;
    return 'confirmed';
  } catch (error) {
    assert.ok(error instanceof Error);
    return 'code' in error ? error.code : error.constructor;
  }
}
