import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { ConfirmChannel } from 'amqplib';
import { RawProperties } from '../../../src/broker/content-frames.js';
import { AmongSeveral, type ConnectionFault, PublishChannel } from '../../../src/broker/publish-channel.js';
import type { PublishFrames } from '../../../src/broker/publish-frames.js';
import { encodeFieldTable, encodeOutgoing, type OutgoingMessage, type Publish } from '../../../src/protocol/index.js';
import { FRAME, splitFrames } from '../../support/amqp/amqp-frames.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';
import { endOfTurn } from '../workers/fake-port.js';

/** A confirm channel that confirms when the test says so; as amqplib, it answers for all when it closes. */
class FakeConfirmChannel extends EventEmitter {
  readonly waiting: ((error: Error | null) => void)[] = [];
  isClosed = false;
  constructor() {
    super();
    this.on('close', () => {
      for (const answer of this.waiting.splice(0)) answer(new Error('channel closed'));
    });
  }
  readonly connection = { frameMax: 131_072 };
  readonly written: Buffer[] = [];
  isClosing = false;
  sendMessage(frames: PublishFrames): boolean {
    if (this.isClosing) throw new Error('Channel closing');
    this.written.push(frames.encode({ channel: 1, frameMax: this.connection.frameMax }));
    return true;
  }
  pushConfirmCallback(answer: (error: Error | null) => void): void {
    this.waiting.push(answer);
  }
  confirm(): void {
    this.waiting.shift()?.(null);
  }
  refuse(): void {
    this.waiting.shift()?.(new Error('message nacked'));
  }
  async close(): Promise<void> {
    this.isClosed = true;
    this.emit('close');
  }
}

function isChannel(fake: object): fake is ConfirmChannel {
  return 'sendMessage' in fake;
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
        assert.ok(isChannel(channel));
        return channel;
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
  test('opens one channel for those who ask at one time', async () => {
    const { publishing: one, channels } = open();
    await Promise.all([one.open(), one.open(), one.open()]);
    assert.deepEqual([channels.length, one.isOpen], [1, true]);
  });

  test('tells a lonely message that it was the culprit, with the words of the broker', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('error', new Error('ACCESS_REFUSED'));
    channels[0]?.emit('close');
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /ACCESS_REFUSED/ });
    assert.equal(one.isOpen, false);
  });

  test('tells several that one among them was, and those confirmed before are not touched', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2, 3].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.confirm();
    channels[0]?.emit('error', new Error('ACCESS_REFUSED'));
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes(sent), ['confirmed', AmongSeveral, AmongSeveral]);
  });

  test('tells all that nothing is known when the connection went', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2].map(() => one.send(publish()));
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
  });

  test('tells a message that the broker ended the connection over it, when it was the only one there', async () => {
    const cause = new Error('Connection closed: 541 (INTERNAL-ERROR)');
    const { publishing: one, channels } = open({ cause, waiting: 1 });
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    await assert.rejects(sent, { code: 'PUBLISH_REFUSED', message: /541/ });
  });

  test('tells a message that one on the connection was the culprit, be it on another channel', async () => {
    const { publishing: one, channels } = open({ cause: new Error('541'), waiting: 2 });
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes([sent]), [AmongSeveral]);
  });

  test('counts what waits for its answer on old channels, too, and is idle when nothing does', async () => {
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

  test('goes on over a new channel', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    channels[0]?.emit('close');
    const sent = one.send(publish());
    await endOfTurn();
    channels[1]?.confirm();
    assert.deepEqual(await outcomes([sent]), ['confirmed']);
  });

  test('changes the channel that refused a message; what is still on the old one gets its answer there', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = [1, 2].map(() => one.send(publish()));
    await endOfTurn();
    channels[0]?.refuse();
    sent.push(one.send(publish()));
    for (const each of sent) each.catch(() => undefined);
    await endOfTurn();
    assert.deepEqual([channels.length, channels[0]?.isClosed], [2, false]);
    channels[1]?.refuse();
    // Not again at once: a full queue refuses many.
    assert.equal(one.isOpen, true);
    channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['PUBLISH_REFUSED', 'confirmed', 'PUBLISH_REFUSED']);
    assert.deepEqual([channels[0]?.isClosed, channels[1]?.isClosed], [true, false]);
  });

  test('tells a returned message from one that differs in its headers alone: a headers exchange routes by them', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const headers = ['red', 'blue'].map((colour) => encodeFieldTable({ colour }));
    const sent = headers.map((each) => one.send(publish({ mandatory: true, headers: each })));
    await endOfTurn();
    channels[0]?.emit('return', {
      fields: { exchange: 'x', routingKey: 'k' },
      properties: new RawProperties(encodePropertyList({}, headers[1])),
      content: Buffer.from('body'),
    });
    channels[0]?.confirm();
    channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['confirmed', 'PUBLISH_UNROUTABLE']);
  });

  test('matches a returned message by its content, and does not take the confirm behind it for a success', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = ['a', 'b', 'c'].map((body) => one.send(publish({ mandatory: true, body: Buffer.from(body) })));
    await endOfTurn();
    channels[0]?.emit('return', {
      fields: { exchange: 'x', routingKey: 'k' },
      properties: new RawProperties(encodePropertyList()),
      content: Buffer.from('b'),
    });
    for (let count = 0; count < 3; count++) channels[0]?.confirm();
    assert.deepEqual(await outcomes(sent), ['confirmed', 'PUBLISH_UNROUTABLE', 'confirmed']);
  });

  test('puts the messages of one turn into one write, in their order', async () => {
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

  test('sends nothing that was lost before the end of its turn', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const sent = one.send(publish());
    channels[0]?.emit('close');
    assert.deepEqual(await outcomes([sent]), ['PUBLISH_UNCONFIRMED']);
    await endOfTurn();
    assert.deepEqual(channels[0]?.written, []);
  });

  test('gives a channel up that takes nothing more, and tells every message of the turn', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    Object.assign(channels[0] ?? {}, { isClosing: true });
    const sent = [1, 2].map(() => one.send(publish()));
    assert.deepEqual(await outcomes(sent), ['PUBLISH_UNCONFIRMED', 'PUBLISH_UNCONFIRMED']);
    assert.equal(one.isOpen, false);
  });

  test('refuses what fits into no frame, and sends its neighbours', async () => {
    const { publishing: one, channels } = open();
    await one.open();
    const headers = encodeFieldTable({ big: 'x'.repeat(131_100) });
    const small = publish({ properties: { persistent: true, messageId: 'm'.repeat(255) } });
    const sent = [one.send(publish({ headers })), one.send(publish())];
    Object.assign(channels[0]?.connection ?? {}, { frameMax: 200 });
    sent.push(one.send(small));
    const ends = outcomes(sent);
    await endOfTurn();
    channels[0]?.confirm();
    assert.deepEqual(await ends, ['PUBLISH_INVALID', 'confirmed', 'PUBLISH_INVALID']);
  });
});
