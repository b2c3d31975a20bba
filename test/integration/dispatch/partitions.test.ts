import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

/** Order by key: messages of one key run in order, one at a time, and keys run in parallel on all threads. */

const MESSAGES = 2_000;
const KEYS = 20;
const INSTANCES = 8;
const THREADS = 2;
/** One message in so many throws. */
const SELDOM = 17;

interface Message {
  readonly id: number;
  readonly key: string;
  readonly how?: 'throw' | 'die' | 'outlast' | undefined;
}

interface Run {
  readonly type: string;
  /** Default: a header. */
  readonly by?: string;
  readonly computes?: boolean;
  /** More keys of the entry. */
  readonly entry?: object;
  /** What the first delivery of a message does. */
  readonly how?: (id: number) => Message['how'];
}

async function start(t: TestContext, run: Run): Promise<[Daemon, TestVhost]> {
  const { type, by = 'header.user_id', computes = false, entry = {}, how } = run;
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [{ exchange: 'events', type: 'topic' }],
      queues: [{ queue: 'q', x_queue_type: type, bindings: [{ exchange: 'events', routing_key: '#' }] }],
      consumers: [
        {
          consumer: `${fixture('keyed.mjs')}:Keyed`,
          queue: 'q',
          consumer_count: INSTANCES,
          prefetch_count: 200,
          partition_by: by,
          options: { computes },
          ...entry,
        },
      ],
    },
    args: ['--threads', String(THREADS)],
  });
  await daemon.ready();
  const channel = await vhost.channel();
  for (let id = 1; id <= MESSAGES; id++) {
    // Every fourth message has one busy key; some publishers send the key as a number, some as text.
    const user = id % 4 === 0 ? 0 : id % KEYS;
    const message: Message = { id, key: `user ${user}`, how: how?.(id) };
    const headers = { trace: 'before it', user_id: id % 3 === 0 ? String(user) : user, after: { user_id: 'not this' } };
    const properties = { headers, correlationId: message.key, persistent: true };
    channel.publish('events', `user.${user}`, Buffer.from(JSON.stringify(message)), properties);
  }
  await channel.waitForConfirms();
  return [daemon, vhost];
}

function isDone(records: readonly JsonRecord[]): boolean {
  return new Set(records.flatMap(({ event, id }) => (event === 'end' ? [id] : []))).size === MESSAGES;
}

async function finish(daemon: Daemon, vhost: TestVhost): Promise<JsonRecord[]> {
  const records = await daemon.waitForRecords(isDone, 60_000);
  assert.equal((await daemon.stop()).code, 0);
  await waitFor(async () => (await vhost.messageCount('q')) === 0, { what: 'an empty queue' });
  return records;
}

/**
 * Reads the records of all threads in order: no two messages of one key at once, and first deliveries
 * in order. Returns how many ran at the same time at most.
 */
function judge(records: readonly JsonRecord[]): number {
  const running = new Map<string, JsonRecord>();
  const last = new Map<string, number>();
  let most = 0;
  for (const record of records) {
    const { event, redelivered, threadId } = record;
    const [id, key] = [Number(record['id']), String(record['key'])];
    if (event === 'begin') {
      assert.equal(running.get(key), undefined, `${id} of ${key} began beside another`);
      running.set(key, record);
      if (redelivered === false) {
        const before = last.get(key) ?? 0;
        assert.ok(id > before, `${id} of ${key} began behind ${before}`);
        last.set(key, id);
      }
    } else if (event === 'died') {
      // The other messages of that thread come again, too.
      for (const [other, { threadId: its }] of running) if (its === threadId) running.delete(other);
    } else {
      running.delete(key);
    }
    most = Math.max(most, running.size);
  }
  return most;
}

const throwsSeldom = (id: number): Message['how'] => (id % SELDOM === 0 ? 'throw' : undefined);

for (const type of ['classic', 'quorum']) {
  test(`messages of one key run in order, one at a time, and keys run in parallel: ${type} queue`, async (t) => {
    const [daemon, vhost] = await start(t, { type });
    const records = await finish(daemon, vhost);
    assert.equal(records.length, 2 * MESSAGES);
    assert.equal(judge(records), INSTANCES);
    assert.equal(new Set(records.map(({ instance }) => instance ?? 0)).size, INSTANCES);
  });

  for (const by of ['routing_key', 'property.correlation_id']) {
    test(`messages run in order per key, and keys run in parallel: by ${by}, ${type} queue`, async (t) => {
      const [daemon, vhost] = await start(t, { type, by });
      const records = await finish(daemon, vhost);
      assert.equal(records.length, 2 * MESSAGES);
      assert.equal(judge(records), INSTANCES);
    });
  }

  test(`keys that compute run on all threads at once, one message per key at a time: ${type} queue`, async (t) => {
    const [daemon, vhost] = await start(t, { type, computes: true });
    const records = await finish(daemon, vhost);
    assert.equal(records.length, 2 * MESSAGES);
    assert.equal(judge(records), THREADS);
  });

  test(`messages of one key never run in parallel when some fail and come again: ${type} queue`, async (t) => {
    const [daemon, vhost] = await start(t, { type, how: throwsSeldom });
    const records = await finish(daemon, vhost);
    assert.equal(records.filter(({ event }) => event === 'threw').length, Math.floor(MESSAGES / SELDOM));
    assert.ok(judge(records) > 1);
  });

  test(`messages of one key never run in parallel when some wait for another attempt: ${type} queue`, async (t) => {
    const retry = { attempts: 2, delay: '100ms', jitter: 0 };
    // A message that returns from its delay queue has its original key.
    for (const by of ['header.user_id', 'routing_key']) {
      const [daemon, vhost] = await start(t, { type, by, entry: { retry }, how: throwsSeldom });
      const records = await finish(daemon, vhost);
      assert.equal(records.filter(({ event }) => event === 'threw').length, Math.floor(MESSAGES / SELDOM));
      assert.ok(judge(records) > 1);
    }
  });

  test(`messages of one key run in order, never in parallel, when some end their threads: ${type} queue`, async (t) => {
    const [daemon, vhost] = await start(t, { type, how: (id) => (id % 400 === 7 ? 'die' : undefined) });
    const records = await finish(daemon, vhost);
    assert.equal(records.filter(({ event }) => event === 'died').length, MESSAGES / 400);
    assert.ok(judge(records) > 1);
  });

  test(`messages of one key run in order, never in parallel, when threads are replaced: ${type} queue`, async (t) => {
    const [daemon, vhost] = await start(t, { type, entry: { recycle: { messages: 200 } } });
    const records = await finish(daemon, vhost);
    assert.equal(records.length, 2 * MESSAGES);
    assert.ok(judge(records) > 1);
    assert.ok(new Set(records.map(({ threadId }) => threadId)).size > THREADS);
  });

  test(`messages of one key never run beside those that outlive their connection: ${type} queue`, async (t) => {
    const outlasting = [1, 2, 3];
    const how = (id: number) => (outlasting.includes(id) ? 'outlast' : undefined);
    const [daemon, vhost] = await start(t, { type, how });
    await daemon.waitForRecords((all) => outlasting.every((id) => all.some((record) => record['id'] === id)));
    await waitFor(async () => (await vhost.closeConnections()) > 0, { what: 'a connection to close' });
    const records = await finish(daemon, vhost);
    for (const id of outlasting) {
      const own = records.filter((record) => record.id === id).map(({ event, redelivered }) => redelivered ?? event);
      assert.deepEqual(own, [false, 'end', true, 'end']);
    }
    assert.ok(judge(records) > 1);
  });
}
