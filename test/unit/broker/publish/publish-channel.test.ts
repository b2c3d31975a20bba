import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { encodeFieldTable, type OutgoingMessage, type Publish } from '../../../../src/amqp/index.js';
import { type ChannelSink } from '../../../../src/amqp/wire/index.js';
import { encodeOutgoing } from '../../../../src/bridge/index.js';
import {
  AmongSeveral,
  type ConnectionFault,
  PublishChannel,
  type PublishLine,
} from '../../../../src/broker/publish/publish-channel.js';
import { FRAME, splitFrames } from '../../../support/amqp/amqp-frames.js';
import { type MessageParts, wireMessage } from '../../../support/amqp/wire-message.js';
import { endOfTurn } from '../../workers/fake-port.js';

/** A confirm channel that confirms when the test says so. */
class FakeConfirmChannel extends EventEmitter {
  readonly number = 1;
  frameMax = 131_072;
  readonly written: Buffer[] = [];
  isClosed = false;
  isClosing = false;
  private sink: ChannelSink = {};
  private confirmed = 0;

  get line(): PublishLine {
    return { channel: this, wire: this };
  }
  attach(sink: ChannelSink): void {
    this.sink = sink;
  }
  send(frames: Buffer): void {
    if (this.isClosing) throw new Error('the channel is closing');
    this.written.push(frames);
  }
  confirm(): void {
    this.sink.confirmed?.({ tag: ++this.confirmed, multiple: false }, false);
  }
  confirmAllUpTo(tag: number): void {
    this.confirmed = tag;
    this.sink.confirmed?.({ tag, multiple: true }, false);
  }
  refuse(): void {
    this.sink.confirmed?.({ tag: ++this.confirmed, multiple: false }, true);
  }
  giveBack(parts: MessageParts): void {
    this.sink.returned?.(wireMessage({ exchange: 'x', routingKey: 'k', ...parts }));
  }
  async close(): Promise<void> {
    this.isClosed = true;
    this.emit('close');
  }
}

function publish(more: Partial<Publish> = {}): OutgoingMessage {
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

function open(fault?: ConnectionFault): { publishing: PublishChannel; channels: FakeConfirmChannel[] } {
  const channels: FakeConfirmChannel[] = [];
  return {
    channels,
    publishing: new PublishChannel({
      openChannel: async () => {
        const channel = new FakeConfirmChannel();
        channels.push(channel);
        return channel.line;
      },
      connectionFault: () => fault,
    }),
  };
}

async function outcomes(sent: readonly Promise<void>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(sent);
  return settled.map((each) =>
    each.status === 'fulfilled' ? 'confirmed' : (each.reason.code ?? each.reason.constructor),
  );
}

describe('a publish channel', () => {
  test('opens one channel for concurrent requests', async () => {
    const { publishing: one, channels } = open();
    await Promise.all([one.open(), one.open(), one.open()]);
    assert.deepEqual([channels.length, one.isOpen], [1, true]);
  });

  test("blames a message that was alone on the channel, in the broker's words", async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('error', new Error('ACCESS_REFUSED'));
    channels[0]?.emit('close');
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /ACCESS_REFUSED/ });
    assert.equal(one.isOpen, false);
  });

  test('reports to several messages that one of them was refused, and keeps earlier confirms', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2, 3].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.confirm();
    channels[0]?.emit('error', new Error('ACCESS_REFUSED'));
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes(sent), ['confirmed', AmongSeveral, AmongSeveral]);
  });

  test('reports an unknown outcome to all messages when the connection is lost', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2].map(() => one.send(publish()));
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
  });

  test('blames a message that was alone on the closed connection', async () => {
    const cause = new Error('Connection closed: 541 (INTERNAL-ERROR)');
    const { publishing: one, channels } = open({ cause, waiting: 1 });
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /541/ });
  });

  test('reports that a message on the connection was refused, maybe on another channel', async () => {
    const { publishing: one, channels } = open({ cause: new Error('541'), waiting: 2 });
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes([sent]), [AmongSeveral]);
  });

  test('counts unconfirmed messages on old channels too, and is idle without any', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    await one.idle();
    const sent = [1, 2].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.refuse();
    sent.push(one.send(publish()));
    const ends = outcomes(sent);
    await endOfTurn();
    assert.equal(one.waiting, 2);
    let isIdle = false;
    const idle = one.idle().then(() => (isIdle = true));
    channels[0]?.confirm();
    await endOfTurn();
    assert.deepEqual([one.waiting, isIdle], [1, false]);
    channels[1]?.emit('close');
    await idle;
    assert.deepEqual(await ends, ['PUBLISH_REFUSED', 'confirmed', 'PUBLISH_UNCONFIRMED']);
  });

  test('continues on a new channel', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    channels[0]?.emit('close');
    const sent = one.send(publish());
    // The channel opens first.
    await endOfTurn();
    await endOfTurn();
    channels[1]?.confirm();
    assert.deepEqual(await outcomes([sent]), ['confirmed']);
  });

  test('replaces the channel that refused a message, and the old one still receives its confirms', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.refuse();
    sent.push(one.send(publish()));
    for (const each of sent) each.catch(() => undefined);
    // The channel opens first.
    await endOfTurn();
    await endOfTurn();
    assert.deepEqual([channels.length, channels[0]?.isClosed], [2, false]);
    channels[1]?.refuse();
    // Not at once again, because a full queue refuses many.
    assert.equal(one.isOpen, true);
    channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['PUBLISH_REFUSED', 'confirmed', 'PUBLISH_REFUSED']);
    assert.deepEqual([channels[0]?.isClosed, channels[1]?.isClosed], [true, false]);
  });

  test('tells returned messages apart by headers alone, because headers exchanges route by them', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const headers = ['red', 'blue'].map((colour) => encodeFieldTable({ colour }));
    const sent = headers.map((each) => one.send(publish({ mandatory: true, headers: each })));
    await endOfTurn();
    channels[0]?.giveBack({ headers: headers[1] ?? assert.fail(), body: Buffer.from('body') });
    channels[0]?.confirm();
    channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['confirmed', 'PUBLISH_UNROUTABLE']);
  });

  test('matches a returned message by content, and does not take the later confirm for a success', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = ['a', 'b', 'c'].map((body) => one.send(publish({ mandatory: true, body: Buffer.from(body) })));
    await endOfTurn();
    channels[0]?.giveBack({ body: Buffer.from('b') });
    for (let count = 0; count < 3; count++) channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['confirmed', 'PUBLISH_UNROUTABLE', 'confirmed']);
  });

  test('applies a multiple confirm to each message, and treats an unknown one as a broker fault', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2, 3, 4].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.confirmAllUpTo(3);
    for (const tag of [0, 3, 5, 2 ** 53]) {
      assert.throws(() => channels[0]?.confirmAllUpTo(tag), { name: 'RangeError', message: /was confirmed/ });
    }
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes(sent), ['confirmed', 'confirmed', 'confirmed', 'PUBLISH_UNCONFIRMED']);
  });

  test('writes the messages of one turn at once and in order', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    for (const body of ['a', 'b', 'c']) void one.send(publish({ body: Buffer.from(body) }));
    await endOfTurn();
    void one.send(publish({ body: Buffer.from('d') }));
    await endOfTurn();
    const bodies = channels[0]?.written.map((frames) =>
      splitFrames(frames)
        .frames.filter(({ type }) => type === FRAME.body)
        .map(({ payload }) => payload.toString())
        .join(''),
    );
    assert.deepEqual(bodies, ['abc', 'd']);
  });

  test('does not send messages that were lost before the end of their turn', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes([sent]), ['PUBLISH_UNCONFIRMED']);
    await endOfTurn();
    assert.deepEqual(channels[0]?.written, []);
  });

  test('abandons a channel that accepts no more, and fails every message of the turn', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    Object.assign(channels[0] ?? {}, { isClosing: true });
    const sent = [1, 2].map(() => one.send(publish()));
    assert.deepEqual(await outcomes(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
    assert.equal(one.isOpen, false);
  });

  test('refuses messages that fit into no frame, and sends the others', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const headers = encodeFieldTable({ big: 'x'.repeat(131_100) });
    const small = publish({ properties: { persistent: true, messageId: 'm'.repeat(255) } });
    const sent = [one.send(publish({ headers })), one.send(publish())];
    Object.assign(channels[0] ?? {}, { frameMax: 200 });
    sent.push(one.send(small));
    const ends = outcomes(sent);
    await endOfTurn();
    channels[0]?.confirm();
    assert.deepEqual(await ends, ['PUBLISH_INVALID', 'confirmed', 'PUBLISH_INVALID']);
  });
});
