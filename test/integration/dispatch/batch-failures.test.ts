import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetMessage } from 'amqplib';
import type { TestVhost } from '../../support/broker/test-vhost.js';
import {
  ascending,
  attemptsOf,
  batches,
  batching,
  eventsOf,
  idIn,
  idsOf,
  publish,
  untilDepth,
} from '../../support/daemon/batch-stage.js';

const RETRY = { attempts: 4, delay: '200ms', backoff: 'fixed', jitter: 0 };

async function takeDead(vhost: TestVhost, count: number): Promise<GetMessage[]> {
  await untilDepth(vhost, 'q.dead', count);
  const taken: GetMessage[] = [];
  while (taken.length < count) {
    const message = await (await vhost.channel()).get('q.dead', { noAck: true });
    assert.ok(message !== false);
    taken.push(message);
  }
  return taken;
}

for (const type of ['classic', 'quorum']) {
  test(`a throw retries only the messages of its batch that have no answer: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 10, wait: '1500ms' }, entry: { retry: RETRY } });
    const special = {
      2: { how: 'ack' },
      4: { how: 'ack' },
      6: { how: 'ack' },
      8: { how: 'ack' },
      10: { how: 'throw' },
    };
    await publish(vhost, 10, special);
    const [, second, ...others] = await batches(daemon, 2);
    assert.deepEqual(ascending(idsOf(second)), [1, 3, 5, 7, 9, 10]);
    assert.deepEqual([second?.['attempts'], second?.['made'], others], [[2, 2, 2, 2, 2, 2], 2, []]);
    await untilDepth(vhost, 'q', 0);
    const shutdowns = eventsOf(daemon.records(), 'shutdown').map(({ error }) => error);
    assert.deepEqual(shutdowns, ['the batch failed'], 'one instance went, once');
    assert.equal((await daemon.stop()).code, 0);
    for (const empty of ['q', 'q.retry.200']) assert.equal(await vhost.messageCount(empty), 0);
  });

  test(`a thrown Retry applies to all messages without an answer, and the instance stays: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 5, wait: '1500ms' } });
    await publish(vhost, 5, { 1: { how: 'ack' }, 2: { how: 'throw-retry' } });
    const [, second] = await batches(daemon, 2);
    assert.deepEqual(ascending(idsOf(second)), [2, 3, 4, 5]);
    assert.deepEqual([second?.['attempts'], second?.['made']], [[2, 2, 2, 2], 1]);
    await untilDepth(vhost, 'q', 0);
  });

  test(`single messages of a batch fail alone: later, again, or for good: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 10, wait: '2s' }, entry: { retry: RETRY } });
    const special = { 3: { how: 'fail' }, 5: { how: 'refuse' }, 7: { how: 'later' } };
    await publish(vhost, 10, special);
    const [dead] = await takeDead(vhost, 1);
    const headers = dead?.properties.headers ?? {};
    assert.equal(idIn(dead), 5);
    assert.deepEqual(
      ['reason', 'cause', 'error-type', 'attempts', 'queue', 'consumer'].map(
        (name) => headers[`x-amqp-dispatcher-${name}`],
      ),
      ['rejected', 'of no use', 'Reject CONSUMER_REJECT', 1, 'q', 'Batching'],
    );
    const [, second] = await batches(daemon, 2);
    assert.deepEqual(ascending(idsOf(second)), [3, 7]);
    assert.deepEqual([second?.['attempts'], second?.['made']], [[2, 2], 1]);
    const failed = await daemon.waitForLine({ msg: /attempt 1 of \d failed; retrying in \d+ ms: 3 is wrong/ });
    assert.equal(failed['queue'], 'q');
    await untilDepth(vhost, 'q', 0);
    assert.deepEqual(eventsOf(daemon.records(), 'shutdown'), []);
  });

  test(`a message runs its last attempt alone, so it dies by its own failures only: ${type} queue`, async (t) => {
    const retry = { ...RETRY, attempts: 3 };
    const [daemon, vhost] = await batching(t, { type, batch: { size: 6, wait: '10s' }, entry: { retry } });
    await publish(vhost, 6, { 4: { how: 'throw', fails: 9 } });
    const [dead] = await takeDead(vhost, 1);
    assert.equal(idIn(dead), 4);
    await untilDepth(vhost, 'q', 0);
    for (const id of [1, 2, 3, 5, 6, 4]) {
      const expected = [
        [1, 6],
        [2, 6],
        [3, 1],
      ]; // prettier
      assert.deepEqual(attemptsOf(daemon, id), expected, `message ${id}`);
    }
  });

  test(`a message that ends its thread is identified, and the rest of its batch goes on: ${type} queue`, async (t) => {
    const [daemon, vhost] = await batching(t, { type, batch: { size: 8, wait: '1s' } });
    await publish(vhost, 8, { 1: { how: 'ack' }, 5: { how: 'die', fails: 9 } });
    const [dead] = await takeDead(vhost, 1);
    assert.equal(idIn(dead), 5);
    const headers = dead?.properties.headers ?? {};
    assert.deepEqual(
      ['reason', 'deaths'].map((name) => headers[`x-amqp-dispatcher-${name}`]),
      ['deaths', 3],
    );
    await untilDepth(vhost, 'q', 0);
    for (const id of [2, 3, 4, 6, 7, 8]) {
      const [first, second, ...others] = attemptsOf(daemon, id);
      assert.deepEqual([first, second, others], [[1, 8], [2, 1], []], `message ${id}`);
    }
    assert.deepEqual(
      attemptsOf(daemon, 5).map(([, size]) => size),
      [8, 1, 1],
    );
  });

  for (const how of ['hang', 'loop']) {
    test(`at the hard timeout all unanswered messages of a batch fail once: ${how}, ${type} queue`, async (t) => {
      const entry = { retry: RETRY, timeout: { soft: '300ms', hard: '900ms' } };
      const [daemon, vhost] = await batching(t, { type, batch: { size: 5, wait: '500ms' }, entry });
      await publish(vhost, 5, { 1: { how: 'ack' }, 2: { how: 'ack' }, 4: { how } });
      await daemon.waitForLine({ msg: /worker thread 0 died: consume of Batching outlasted timeout\.hard/ });
      await daemon.waitForRecords((all) => eventsOf(all, 'end').flatMap(idsOf).length >= 3);
      await untilDepth(vhost, 'q', 0);
      for (const id of [3, 4, 5])
        assert.deepEqual(
          attemptsOf(daemon, id),
          [
            [1, 5],
            [2, 1],
          ],
          `message ${id}`,
        );
      if (how === 'loop') return;
      // A looping consumer receives no signal, and its earlier answers may not have been posted.
      for (const id of [1, 2]) assert.deepEqual(attemptsOf(daemon, id), [[1, 5]], `message ${id}`);
      assert.deepEqual(
        eventsOf(daemon.records(), 'abort').map(({ code }) => code),
        ['DELIVERY_TIMEOUT'],
      );
    });
  }

  test(`a batch of thousands is handed over, and fails, as a whole: ${type} queue`, async (t) => {
    const entry = { retry: { ...RETRY, delay: '100ms', max_delay: '100ms' } };
    const [daemon, vhost] = await batching(t, { type, batch: { size: 3_000, wait: '20s' }, entry });
    await publish(vhost, 3_000, { 7: { how: 'throw' } });
    const [first] = await batches(daemon, 1);
    assert.equal(idsOf(first).length, 3_000);
    const all = await daemon.waitForRecords(
      (records) => eventsOf(records, 'end').flatMap(idsOf).length === 3_000,
      60_000,
    );
    assert.equal(new Set(eventsOf(all, 'end').flatMap(idsOf)).size, 3_000);
    await untilDepth(vhost, 'q', 0);
  });
}
