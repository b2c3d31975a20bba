import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { BrokerControl } from '../../support/broker/broker-control.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

const MIB = 1024 * 1024;
/** RabbitMQ's frame_max, without the frame's own eight bytes. */
const FRAME = 131_072 - 8;

async function making(t: TestContext): Promise<Stage> {
  return Stage.ready(t, {
    consumer: 'bodies.mjs:MakesBodies',
    config: { queues: [{ queue: 'sink' }] },
    args: ['--threads', '2'],
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function largeBody(broker: BrokerControl): Promise<number> {
  return ((await broker.behaves('bodies up to 16 MiB')) ? 16 : 64) * MIB;
}

for (const [title, sizesOn] of [
  ['bodies of no bytes, one byte, one frame and one byte more', () => [0, 1, FRAME, FRAME + 1]],
  ['a body of 64 MiB, or of 16 where the broker takes no more', async (broker) => [await largeBody(broker)]],
] as const satisfies readonly (readonly [string, (broker: BrokerControl) => number[] | Promise<number[]>])[]) {
  test(`${title} arrive and are published unchanged, and so does the next message`, async (t) => {
    const stage = await making(t);
    const channel = await stage.vhost.channel();
    for (const size of await sizesOn(stage.vhost.broker)) {
      const id = `${size} bytes`;
      const body = Buffer.alloc(size, 'in');
      await stage.vhost.publish('q', body, { messageId: id, headers: { size } });
      await stage.daemon.waitForRecords(() => stage.records('done', id).length > 0, 2 * PATIENCE_MS);
      const [came] = stage.records('begin', id);
      const [sent] = stage.records('sent', id);
      assert.deepEqual([came?.redelivered, came?.length, came?.sha256], [false, size, sha256(body)]);
      const message = await channel.get('sink', { noAck: true });
      assert.ok(message !== false);
      assert.deepEqual([message.content.length, sha256(message.content)], [size, sent?.sha256]);
    }
    await stage.endsWell();
    await stage.holds('sink', 0);
  });
}

test('a message with headers larger than a frame is consumed; publishing it is refused with a clear error', async (t) => {
  const stage = await making(t);
  const large = 'h'.repeat(200_000);
  // No AMQP client can send them, because a header frame cannot be split. The management plugin and shovels can.
  await stage.vhost.broker.management.publish(stage.vhost.vhost, 'q', {
    text: 'passes headers on',
    headers: { large },
  });
  await stage.done('passes headers on');
  const [got] = stage.records('headers');
  assert.deepEqual([got?.length, got?.sha256], [large.length, sha256(Buffer.from(large))]);
  const [refused] = stage.records('refused');
  assert.equal(refused?.code, 'PUBLISH_INVALID');
  assert.match(
    String(refused.message),
    /headers have 200\d+ bytes \(at most \d+ can be sent: the broker's frame_max is \d+\)/,
  );
  assert.ok(!stage.daemon.lines.some(({ msg }) => String(msg).startsWith('connection lost')));
  await stage.endsWell();
});
