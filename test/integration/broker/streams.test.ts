import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

interface Reading {
  /** `FILE:Class` of the fixtures. */
  readonly consumer: string;
  /** Default: the first message. */
  readonly offset?: string | number;
  /** Default 1, so that a message that is not passed blocks all later ones. */
  readonly prefetch?: number;
}

/** A daemon that reads the stream `q`. */
async function read(t: TestContext, vhost: TestVhost, reading: Reading): Promise<Daemon> {
  const { consumer, offset = 'first', prefetch = 1 } = reading;
  const [file = '', name] = consumer.split(':');
  return startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: 'stream' }],
      consumers: [
        {
          consumer: `${fixture(file)}:${name}`,
          queue: 'q',
          prefetch_count: prefetch,
          arguments: { 'x-stream-offset': offset },
        },
      ],
    },
    args: ['--threads', '1'],
  });
}

function begun(daemon: Daemon): unknown[] {
  return daemon.records().flatMap(({ event, id }) => (event === 'begin' ? [id] : []));
}

function connections(daemon: Daemon): number {
  return daemon.lines.filter(({ msg }) => String(msg).startsWith('connected to')).length;
}

test('a stream is read from its offset, and continues after a message that fails', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'stream' } });
  for (const how of ['throw', 'none', 'throw', 'reject', 'none', 'retry']) {
    await vhost.publish('q', { id: how, how, fails: how === 'none' ? 0 : 9 });
  }
  const readFrom = async (offset: string | number): Promise<unknown[]> => {
    const daemon = await read(t, vhost, { consumer: 'failing.mjs:Failing', offset });
    await daemon.waitForRecords((all) => all.some(({ id }) => id === 'none'));
    // Arrives on the connection of the failures, and nothing arrives twice.
    const last = `after ${offset}`;
    await vhost.publish('q', { id: last });
    await daemon.waitForRecords((all) => all.some(({ id }) => id === last));
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(connections(daemon), 1);
    return begun(daemon);
  };
  assert.deepEqual(await readFrom(0), ['throw', 'none', 'throw', 'reject', 'none', 'retry', 'after 0']);
  // The whole stream remains for the next consumer.
  assert.deepEqual(await readFrom(3), ['reject', 'none', 'retry', 'after 0', 'after 3']);
});

test('a stream continues after every message, whatever its consumer answers', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'stream' } });
  const asked = ['ack', 'nack', 'reject', 'drop', 'answer and throw', 'the last'];
  for (const text of asked) channel.sendToQueue('q', Buffer.from(text));
  await channel.waitForConfirms();
  const daemon = await read(t, vhost, { consumer: 'consumers.mjs:Obeys' });
  await daemon.waitForRecords((all) => all.some(({ id }) => id === 'the last'));
  assert.equal((await daemon.stop()).code, 0);
  assert.deepEqual(begun(daemon), asked);
  assert.equal(connections(daemon), 1);
});

test('stream messages that a dead thread had not begun run on the next thread', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await read(t, vhost, { consumer: 'recycled.mjs:Recycled', prefetch: 20 });
  await daemon.ready();
  await vhost.publish('q', { id: 'fatal', gate: 'open', dies: true });
  const ids = Array.from({ length: 20 }, (_, index) => `m ${index}`);
  for (const id of ids) await vhost.publish('q', { id });
  await writeFile(join(daemon.folder, 'open'), '');
  await daemon.waitForRecords((all) => all.some(({ id, event }) => event === 'done' && id === ids.at(-1)));
  assert.deepEqual(begun(daemon), ['fatal', ...ids]);
});

test('a stream is read from a time, from an interval ago, and from its next message', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'stream' } });
  await vhost.publish('q', 'before');
  const readFrom = async (offset: string): Promise<unknown[]> => {
    const daemon = await read(t, vhost, { consumer: 'consumers.mjs:Obeys', offset, prefetch: 10 });
    await daemon.ready();
    const last = `last of ${offset}`;
    await vhost.publish('q', last);
    await daemon.waitForRecords((all) => all.some(({ id }) => id === last));
    assert.equal((await daemon.stop()).code, 0);
    return begun(daemon);
  };
  assert.deepEqual(await readFrom('2020-02-29T12:00:00+01:00'), ['before', 'last of 2020-02-29T12:00:00+01:00']);
  assert.equal((await readFrom('1h')).at(0), 'before');
  assert.deepEqual(await readFrom('next'), ['last of next']);
  assert.deepEqual(await readFrom('2099-01-01'), ['last of 2099-01-01']);
});
