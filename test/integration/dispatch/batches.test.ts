import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import {
  ascending,
  batches,
  batching,
  eventsOf,
  every,
  idIn,
  idsOf,
  publish,
  startBatching,
  untilDepth,
} from '../../support/daemon/batch-stage.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const LONG = '2m';

for (const type of ['classic', 'quorum']) {
  test(`a batch is delivered when it is full or its wait has passed: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 10, wait: '1500ms' } });
    await publish(vhost, 23);
    const [first, second, third, ...others] = await batches(daemon, 3);
    const ids = Array.from({ length: 23 }, (_, index) => index + 1);
    assert.deepEqual(
      [idsOf(first), idsOf(second), idsOf(third), others],
      [ids.slice(0, 10), ids.slice(10, 20), ids.slice(20), []],
    );
    const waitedMs = Number(third?.['at']) - Number(second?.['at']);
    assert.ok(waitedMs >= 1_000, `what is full does not wait, and the rest does: ${waitedMs} ms`);
    await untilDepth(vhost, 'q', 0);
    assert.equal((await daemon.stop()).code, 0);
  });

  test(`several instances do not split messages that fit into one batch: ${type} queue`, async (t) => {
    const entry = { consumer_count: 4 };
    const [daemon, vhost] = await batching(t, { type, batch: { size: 50, wait: '1s' }, entry, threads: 2 });
    await publish(vhost, 20);
    const [first] = await batches(daemon, 1);
    assert.equal(idsOf(first).length, 20);
    await publish(vhost, 100);
    const [, second, third] = await batches(daemon, 3);
    assert.deepEqual([idsOf(second).length, idsOf(third).length], [50, 50]);
    await untilDepth(vhost, 'q', 0);
  });

  test(`an invalid message is dead alone, and middleware wraps the rest of its batch: ${type} queue`, async (t) => {
    const entry = { decode: { json: {} }, middleware: [`${fixture('batches.mjs')}:around`] };
    const [daemon, vhost] = await batching(t, { type, batch: { size: 4, wait: LONG }, entry });
    await publish(vhost, 3);
    await vhost.publish('q', 'no JSON');
    const [first] = await batches(daemon, 1);
    assert.deepEqual(idsOf(first), [1, 2, 3]);
    await untilDepth(vhost, 'q', 0);
    await untilDepth(vhost, 'q.dead', 1);
    const [around, ...others] = eventsOf(daemon.records(), 'around');
    assert.deepEqual([around?.['messages'], others], [3, []]);
    // A batch of only invalid messages calls no consumer, and the next batch follows.
    for (const text of ['a', 'b', 'c', 'd']) await vhost.publish('q', text);
    await untilDepth(vhost, 'q.dead', 5);
    await publish(vhost, 4, {}, 5);
    const [, second] = await batches(daemon, 2);
    assert.deepEqual(idsOf(second), [5, 6, 7, 8]);
    await untilDepth(vhost, 'q', 0);
    assert.equal(eventsOf(daemon.records(), 'batch').length, 2);
  });

  test(`a batch is answered as a whole, message by message, or both: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 4, wait: LONG } });
    await publish(vhost, 4, { 1: { how: 'all' } });
    await publish(vhost, 4, every(8, { how: 'ack' }), 5);
    await publish(vhost, 4, { 9: { how: 'reject' }, 10: { how: 'ack' }, 11: { how: 'nack' } }, 9);
    const ended = await daemon.waitForRecords((all) => eventsOf(all, 'end').length === 3);
    assert.deepEqual(
      eventsOf(ended, 'end').map(({ hasResponded }) => hasResponded),
      [true, true, false],
    );
    await untilDepth(vhost, 'q', 0);
    assert.equal(eventsOf(daemon.records(), 'batch').length, 3);
    assert.deepEqual(
      daemon.lines.filter(({ level }) => Number(level) >= 40),
      [],
    );
  });

  test(`a stop lets the running batch finish and requeues the waiting messages: ${type} queue`, async (t) => {
    const entry = { options: { ms: 1_000 }, prefetch_count: 20 };
    const [daemon, vhost] = await batching(t, { type, batch: { size: 5, wait: LONG }, entry });
    await publish(vhost, 8);
    await batches(daemon, 1);
    await waitFor(async () => (await vhost.messageCount('q')) === 0, { what: 'all to be with the daemon' });
    assert.equal((await daemon.stop()).code, 0);
    await untilDepth(vhost, 'q', 3);
    assert.equal(eventsOf(daemon.records(), 'batch').length, 1);
    assert.equal(eventsOf(daemon.records(), 'end').length, 1);
    const left = await (await vhost.channel()).get('q', { noAck: true });
    assert.ok(left !== false);
    assert.equal(idIn(left), 6);
  });

  test(`a connection lost within a batch loses its answers, and all its messages come again: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 5, wait: '1s' } });
    await publish(vhost, 5, { 1: { how: 'gate' } });
    await batches(daemon, 1);
    await vhost.closeConnections();
    const [late] = eventsOf(await daemon.waitForRecords((all) => eventsOf(all, 'late').length >= 1), 'late');
    assert.deepEqual(late?.['codes'], ['DELIVERY_LOST', 'DELIVERY_LOST', 'DELIVERY_LOST']);
    const [, second] = await batches(daemon, 2);
    assert.deepEqual(ascending(idsOf(second)), [1, 2, 3, 4, 5]);
  });
}

test('a stream is read in batches, and each message is passed once, even if it fails', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'stream' } });
  await publish(vhost, 25, { 3: { how: 'fail', fails: 9 }, 12: { how: 'throw', fails: 9 } });
  const shape = {
    type: 'stream',
    batch: { size: 10, wait: '1s' },
    entry: { arguments: { 'x-stream-offset': 'first' } },
  };
  const daemon = await startBatching(t, vhost, shape);
  const found = await batches(daemon, 3);
  assert.deepEqual(
    found.flatMap(idsOf),
    Array.from({ length: 25 }, (_, index) => index + 1),
  );
  assert.equal((await daemon.stop()).code, 0);
});
