import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MessageMemory } from '../../../../src/amqp/index.js';
import { AmqpConnection } from '../../../../src/broker/connection/amqp-connection.js';
import { openModel } from '../../../../src/broker/connection/amqplib.js';
import { methodFrame, methodId, rawFrame } from '../../../support/amqp/amqp-frames.js';
import { deliveryFrames } from '../../../support/amqp/fake-broker.js';
import { WireEnd } from '../../../support/amqp/wire-end.js';
import { endOfTurn } from '../../../support/end-of-turn.js';
import { HANDSHAKE, START } from '../broker-end.js';

/** amqplib over a wire, with this test as the broker. */

const NAMES = new Map(
  ['ConnectionStartOk', 'ConnectionTuneOk', 'ConnectionOpen', 'ChannelOpen', 'ConfirmSelect', 'BasicConsume'].map(
    (name) => [methodId(name), name],
  ),
);

/** The sent methods by name and channel. */
function sentBy(end: WireEnd): string[] {
  return end.sent.map(({ channel, payload }) => `${NAMES.get(payload.readUInt32BE()) ?? '?'} ${channel}`);
}

async function opened(): Promise<{ end: WireEnd; connection: AmqpConnection }> {
  const end = new WireEnd(new MessageMemory());
  const opening = openModel(end.wire, HANDSHAKE);
  end.say(methodFrame('ConnectionStart', 0, START));
  await endOfTurn();
  end.say(methodFrame('ConnectionTune', 0, { channelMax: 2, frameMax: 4_096, heartbeat: 0 }));
  await endOfTurn();
  end.say(methodFrame('ConnectionOpenOk', 0));
  const model = await opening;
  end.wire.flow();
  assert.deepEqual(sentBy(end), ['ConnectionStartOk 0', 'ConnectionTuneOk 0', 'ConnectionOpen 0']);
  end.writes.length = 0;
  return { end, connection: new AmqpConnection(model, end.wire) };
}

describe('an amqplib connection over the wire', () => {
  test('opens with two constructors that amqplib does not export; a version that moves them fails here', async () => {
    const { connection } = await opened();
    assert.deepEqual(connection.server, { product: 'RabbitMQ', version: '4.3.6' });
    assert.deepEqual([connection.frameMax, connection.channelMax], [4_096, 2]);
  });

  test('matches channels opened at one time to their replies, in any order', async () => {
    const { end, connection } = await opened();
    const opening = [connection.openChannel(), connection.openConfirmChannel()];
    const third = connection.openChannel();
    await assert.rejects(third, { message: 'No channels left to allocate' });
    assert.deepEqual(sentBy(end), ['ChannelOpen 1', 'ChannelOpen 2']);
    end.say(methodFrame('ChannelOpenOk', 2), methodFrame('ChannelOpenOk', 1));
    await endOfTurn();
    await endOfTurn();
    end.say(methodFrame('ConfirmSelectOk', 2));
    const [first, second] = await Promise.all(opening);
    assert.deepEqual([first?.wire.number, second?.wire.number], [1, 2]);
    assert.deepEqual(sentBy(end).at(-1), 'ConfirmSelect 2');
  });

  test('receives messages past amqplib, which knows the consumer but sees no message', async () => {
    const { end, connection } = await opened();
    const opening = connection.openChannel();
    await endOfTurn();
    await endOfTurn();
    end.say(methodFrame('ChannelOpenOk', 1));
    const { channel, wire } = await opening;
    channel.on('delivery', () => assert.fail());
    const bodies: string[] = [];
    wire.attach({
      delivered: (message) => {
        bodies.push(message.body.toString());
        message.release();
      },
    });
    const consuming = channel.consume('q', () => assert.fail(), { consumerTag: 'tag' });
    await endOfTurn();
    await endOfTurn();
    // In one chunk with the answer.
    end.say(
      methodFrame('BasicConsumeOk', 1, { consumerTag: 'tag' }),
      deliveryFrames(1, { consumerTag: 'tag', deliveryTag: 1 }),
    );
    assert.deepEqual(await consuming, { consumerTag: 'tag' });
    assert.deepEqual(bodies, ['message 1']);
  });

  test('emits the error when the wire closes, on its channels too', async () => {
    const { end, connection } = await opened();
    const opening = connection.openChannel();
    await endOfTurn();
    await endOfTurn();
    end.say(methodFrame('ChannelOpenOk', 1));
    const { channel } = await opening;
    const told: string[] = [];
    connection.model.on('error', (error) => told.push(`error: ${error.message}`));
    connection.model.on('close', () => told.push('close'));
    channel.on('close', () => told.push('channel closed'));
    end.say(deliveryFrames(1, { consumerTag: 'tag', deliveryTag: 1 }));
    await endOfTurn();
    assert.deepEqual(told, [
      'error: a message arrived on a channel that neither consumes nor publishes',
      'channel closed',
      'close',
    ]);
  });

  test('closes once, with one event, on any garbage, and throws nothing into its socket', async () => {
    const channel = fc.constantFrom(0, 1, 2, 65_535);
    const frame = fc
      .tuple(fc.constantFrom(1, 2, 3, 8, 9), channel, fc.uint8Array({ maxLength: 40 }))
      .map(([type, id, payload]) => rawFrame(type, id, payload));
    const name = fc.constantFrom(
      'BasicQosOk',
      'ChannelOpenOk',
      'ChannelCloseOk',
      'ConnectionCloseOk',
      'BasicAck',
      'BasicCancel',
      'ChannelFlow',
    );
    const method = fc
      .tuple(name, channel)
      .map(([each, id]) => methodFrame(each, id, { consumerTag: '', deliveryTag: 1, active: true }));
    const garbage = fc.oneof(frame, method, fc.uint8Array({ minLength: 1, maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 4 }), async (parts) => {
        const { end, connection } = await opened();
        let errors = 0;
        let closes = 0;
        connection.model.on('error', () => errors++);
        connection.model.on('close', () => closes++);
        for (const part of parts) end.say(part);
        await endOfTurn();
        end.destroy();
        await endOfTurn();
        assert.ok(errors <= 2 && closes === 1, `${errors} errors and ${closes} times closed`);
      }),
      { numRuns: 300 },
    );
  });
});
