import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageMemory, type ReceivedMessage, SEGMENT_BYTES } from '../../../src/amqp/index.js';
import type { ChannelSink, WireChannel } from '../../../src/amqp/wire/index.js';
import { FRAME, headerFrame, methodFrame, methodId, rawFrame, splitFrames } from '../../support/amqp/amqp-frames.js';
import { deliveryFrames } from '../../support/amqp/fake-broker.js';
import { WireEnd } from '../../support/amqp/wire-end.js';
import { endOfTurn } from '../../support/end-of-turn.js';

const ACK = methodFrame('BasicAck', 1, { deliveryTag: 1, multiple: false });

interface Opened {
  readonly end: WireEnd;
  readonly channel: WireChannel;
  /** The bytes that amqplib would read. */
  readonly passed: () => readonly number[];
  readonly errors: Error[];
}

/** A wire after its handshake, with channel 1 open. */
async function open(sink?: ChannelSink, memory?: MessageMemory): Promise<Opened> {
  const end = new WireEnd(memory);
  const { wire } = end;
  const read: Buffer[] = [];
  wire.on('readable', () => {
    for (let chunk: unknown = wire.read(); chunk !== null; chunk = wire.read()) {
      if (Buffer.isBuffer(chunk)) read.push(chunk);
    }
  });
  const errors: Error[] = [];
  wire.on('error', (error) => errors.push(error));
  const channels: WireChannel[] = [];
  wire.onChannel = (channel) => channels.push(channel);
  end.say(methodFrame('ConnectionOpenOk', 0));
  wire.flow();
  wire.write(methodFrame('ChannelOpen', 1));
  end.say(methodFrame('ChannelOpenOk', 1));
  await endOfTurn();
  read.length = 0;
  end.writes.length = 0;
  const [channel] = channels;
  assert.ok(channel !== undefined);
  if (sink !== undefined) channel.attach(sink);
  const passed = (): readonly number[] =>
    splitFrames(Buffer.concat(read)).frames.map(({ type, payload }) => (type === 1 ? payload.readUInt32BE() : -type));
  return { end, channel, passed, errors };
}

function delivery(deliveryTag: number, channel = 1): Buffer {
  return deliveryFrames(channel, { consumerTag: 'tag', deliveryTag });
}

const NO_MESSAGE: ChannelSink = {};

describe('the wire', () => {
  test('passes messages, confirms and cancels to their channel, and every other frame whole to amqplib', async () => {
    const found: string[] = [];
    const note = (what: string) => (message: ReceivedMessage) => {
      found.push(`${what} ${message.deliveryTag} ${message.body.toString()}`);
      message.release();
    };
    const { end, passed } = await open({
      delivered: note('delivered'),
      returned: note('returned'),
      confirmed: ({ tag, multiple }, isRefused) => void found.push(`confirmed ${tag} ${multiple} ${isRefused}`),
      cancelled: () => void found.push('cancelled'),
    });
    const other = methodFrame('QueueDeclareOk', 1, { queue: 'q', messageCount: 1, consumerCount: 0 });
    const returned = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'e', routingKey: 'k' };
    const bytes = Buffer.concat([
      delivery(1),
      other,
      methodFrame('BasicReturn', 1, returned),
      headerFrame(1, 2),
      rawFrame(FRAME.body, 1, Buffer.from('no')),
      methodFrame('BasicAck', 1, { deliveryTag: 7, multiple: true }),
      methodFrame('BasicNack', 1, { deliveryTag: 8, multiple: false, requeue: false }),
      methodFrame('BasicCancel', 1, { consumerTag: 'tag', nowait: true }),
      methodFrame('ConnectionUnblocked', 0),
    ]);
    end.wire.write(methodFrame('QueueDeclare', 1, { queue: 'q' }));
    // Byte by byte, because a frame reaches amqplib only when it is whole.
    for (const byte of bytes) end.say(Buffer.of(byte));
    await endOfTurn();
    assert.deepEqual(found, [
      'delivered 1 message 1',
      'returned 0 no',
      'confirmed 7 true false',
      'confirmed 8 false true',
      'cancelled',
    ]);
    assert.deepEqual(passed(), [methodId('QueueDeclareOk'), methodId('ConnectionUnblocked')]);
  });

  test('passes amqplib one heartbeat a second at most while it passes nothing else', async (t) => {
    let nowMs = performance.now() + 10_000;
    t.mock.method(performance, 'now', () => nowMs);
    const { end, passed } = await open({ delivered: (message) => message.release() });
    for (let tag = 1; tag <= 100; tag++) {
      nowMs += 25;
      end.say(delivery(tag));
    }
    await endOfTurn();
    assert.deepEqual(passed(), [-FRAME.heartbeat, -FRAME.heartbeat]);
  });

  test('holds frames behind connection.open-ok until the opener of the connection listens', async () => {
    const end = new WireEnd();
    end.say(methodFrame('ConnectionOpenOk', 0), methodFrame('ConnectionBlocked', 0, { reason: 'memory' }));
    end.push(null);
    await endOfTurn();
    assert.deepEqual(end.wire.read(), methodFrame('ConnectionOpenOk', 0));
    assert.equal(end.wire.read(), null);
    end.wire.flow();
    assert.deepEqual(end.wire.read(), methodFrame('ConnectionBlocked', 0, { reason: 'memory' }));
  });

  test('quotes the broker that closes the connection during the handshake', async () => {
    const end = new WireEnd();
    const errors: Error[] = [];
    end.wire.on('error', (error) => errors.push(error));
    const words = { replyCode: 530, replyText: 'NOT_ALLOWED - vhost shop not found', classId: 10, methodId: 40 };
    end.say(methodFrame('ConnectionClose', 0, words));
    await endOfTurn();
    assert.match(
      String(errors[0]),
      /^Error: Handshake terminated by server: 530 \(.*\) with message "NOT_ALLOWED - vhost/,
    );
  });

  test("reports the negotiated values and the broker's offer", () => {
    const end = new WireEnd();
    end.say(methodFrame('ConnectionTune', 0, { channelMax: 5, frameMax: 4_096, heartbeat: 60 }));
    end.wire.write(methodFrame('ConnectionTuneOk', 0, { channelMax: 5, frameMax: 0, heartbeat: 60 }));
    assert.deepEqual(
      [end.wire.handshake.offeredFrameMax, end.wire.channelMax, end.wire.frameMax],
      [4_096, 5, 2 ** 32 - 1],
    );
  });

  test('closes over a frame that no broker may send, after amqplib has read the earlier ones', async () => {
    const returned = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'e', routingKey: 'k' };
    const cases: readonly (readonly [bytes: Buffer, why: RegExp, sink?: ChannelSink])[] = [
      [rawFrame(FRAME.method, 1, Buffer.alloc(3)), /method is incomplete/],
      [Buffer.concat([ACK.subarray(0, -1), Buffer.of(1)]), /does not end with its frame-end octet/],
      [Buffer.from([1, 0, 1, 255, 255, 255, 255]), /exceeds the limit/],
      [delivery(1, 7), /channel 7, which is not open/],
      [delivery(1), /neither consumes nor publishes/],
      [delivery(1), /delivered on a channel that does not consume/, NO_MESSAGE],
      [
        Buffer.concat([methodFrame('BasicReturn', 1, returned), headerFrame(1, 0)]),
        /returned on a channel that does not publish/,
        NO_MESSAGE,
      ],
      [ACK, /tag 1 was confirmed/],
      [methodFrame('BasicQosOk', 1), /but no reply was expected/],
      [methodFrame('BasicQosOk', 9), /channel 9, which is not open/],
      [methodFrame('BasicAck', 9, { deliveryTag: 1 }), /channel 9/],
      [methodFrame('BasicCancel', 1, { consumerTag: 'tag' }), /cancelled on a channel that does not consume/],
      [headerFrame(1, 3), /arrived out of order/, NO_MESSAGE],
      [rawFrame(FRAME.body, 1, Buffer.alloc(3)), /arrived out of order/, NO_MESSAGE],
    ];
    for (const [bytes, why, sink] of cases) {
      const { end, passed, errors } = await open(sink);
      end.say(methodFrame('ConnectionUnblocked', 0), bytes, methodFrame('ConnectionUnblocked', 0));
      await endOfTurn();
      assert.match(String(errors[0]), why);
      assert.deepEqual(passed(), [methodId('ConnectionUnblocked')]);
      assert.equal(end.destroyed, true);
    }
  });

  test('closes with the error that its message handler throws', async () => {
    const { end, errors } = await open({
      delivered: () => {
        throw new RangeError('too many');
      },
    });
    end.say(delivery(1));
    await endOfTurn();
    assert.deepEqual(errors.map(String), ['RangeError: too many']);
  });

  test('passes a reply to amqplib, and closes over a reply that nobody requested', async () => {
    const { end, passed, errors } = await open();
    const declared = methodFrame('QueueDeclareOk', 1, { queue: 'q', messageCount: 1, consumerCount: 0 });
    for (let asked = 0; asked < 2; asked++) {
      end.wire.write(methodFrame('QueueDeclare', 1, { queue: 'q' }));
      end.say(declared);
    }
    end.wire.write(methodFrame('QueueDeclare', 1, { queue: 'q' }));
    end.say(methodFrame('BasicQosOk', 1));
    await endOfTurn();
    assert.deepEqual(passed(), [methodId('QueueDeclareOk'), methodId('QueueDeclareOk')]);
    assert.match(String(errors[0]), /method 60\.11 arrived on channel 1, but 50\.11 was expected/);
  });

  test('passes on a channel close once, and ignores later frames of that channel', async () => {
    const { end, channel, passed, errors } = await open({ delivered: () => assert.fail() });
    const close = methodFrame('ChannelClose', 1, { replyCode: 406, replyText: 'timeout', classId: 0, methodId: 0 });
    end.say(close, close, delivery(1));
    await endOfTurn();
    assert.deepEqual(passed(), [methodId('ChannelClose')]);
    assert.throws(() => channel.send(ACK), /the channel is closed/);
    assert.deepEqual(errors, []);
  });

  test('ignores frames of a channel that we close, and releases its incomplete message', async () => {
    const memory = new MessageMemory();
    const { end, channel, errors } = await open({ delivered: () => assert.fail() }, memory);
    const held = memory.open(2 * SEGMENT_BYTES);
    held.release();
    const fields = { consumerTag: 'tag', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' };
    end.say(
      methodFrame('BasicDeliver', 1, fields),
      methodFrame('ConnectionUnblocked', 0),
      headerFrame(1, 2 * SEGMENT_BYTES - 30),
    );
    end.wire.write(methodFrame('ChannelClose', 1, { replyCode: 200, replyText: 'Goodbye', classId: 0, methodId: 0 }));
    assert.equal(memory.open(2 * SEGMENT_BYTES).id, held.id);
    assert.throws(() => channel.send(ACK), /the channel is closing/);
    end.say(rawFrame(FRAME.body, 1, Buffer.alloc(10)), delivery(2));
    await endOfTurn();
    assert.deepEqual(errors, []);
  });

  test('sends no channel frames once the connection is closing or closed', async () => {
    const { end, channel } = await open();
    end.wire.write(methodFrame('ConnectionClose', 0, { replyCode: 200, replyText: 'bye', classId: 0, methodId: 0 }));
    assert.throws(() => channel.send(ACK), /the channel is closing/);
    const { end: other, channel: over } = await open();
    other.wire.end();
    assert.throws(() => over.send(ACK), /the connection is closed/);
  });

  test('writes all frames of one tick at once and in order, those of amqplib included', async () => {
    const { end, channel } = await open();
    channel.send(ACK);
    end.wire.write(methodFrame('BasicCancel', 1, { consumerTag: 'tag' }));
    channel.send(ACK);
    await endOfTurn();
    assert.deepEqual(end.writes, [Buffer.concat([ACK, methodFrame('BasicCancel', 1, { consumerTag: 'tag' }), ACK])]);
  });

  test('holds answers back until the basic.cancel that they must not overtake is sent', async () => {
    const { end, channel } = await open();
    const cancel = methodFrame('BasicCancel', 1, { consumerTag: 'tag' });
    channel.hold();
    channel.send(ACK);
    await endOfTurn();
    assert.deepEqual(end.writes, []);
    end.wire.write(cancel);
    await endOfTurn();
    assert.deepEqual(Buffer.concat(end.writes), Buffer.concat([cancel, ACK]));
    channel.hold();
    channel.send(ACK);
    channel.release();
    await endOfTurn();
    assert.equal(end.sent.length, 3);
  });

  test('makes amqplib wait while the socket is full, and queues its own frames behind', async () => {
    const { end, channel } = await open();
    const pending: (() => void)[] = [];
    end.holds = (done) => void pending.push(done);
    const large = rawFrame(FRAME.body, 1, Buffer.alloc(1024 * 1024));
    assert.equal(end.wire.write(large), false);
    let isDrained = false;
    end.wire.once('drain', () => (isDrained = true));
    channel.send(ACK);
    await endOfTurn();
    assert.equal(isDrained, false);
    pending.shift()?.();
    await endOfTurn();
    await endOfTurn();
    assert.equal(end.wire.writableLength, 0);
    assert.equal(isDrained, true);
  });

  test('reads a little from a closed connection, and then stops', async () => {
    const { end, passed } = await open({ delivered: () => assert.fail() });
    end.wire.end();
    assert.equal(end.say(delivery(1)), true);
    assert.equal(end.say(Buffer.alloc(2 * 1024 * 1024)), false);
    await endOfTurn();
    assert.deepEqual(passed(), []);
  });

  test('reports a socket that closes silently', async () => {
    const { end, errors } = await open();
    end.destroy();
    await endOfTurn();
    assert.match(String(errors[0]), /the socket was closed/);
  });
});
