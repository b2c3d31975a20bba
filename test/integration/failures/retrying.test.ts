import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { GetMessage } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('failing.mjs')}:Failing`;
const JOBS = { exchange: 'jobs', routingKey: 'a' };
const QUICK = { attempts: 3, delay: '200ms', factor: 2, jitter: 0 };

interface Options {
  readonly queue?: object;
  readonly entry?: object;
  readonly more?: readonly object[];
}

async function failing(t: TestContext, options: Options = {}): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await startFailing(t, vhost, options);
  await daemon.ready();
  return [daemon, vhost];
}

async function startFailing(t: TestContext, vhost: TestVhost, { queue, entry, more = [] }: Options): Promise<Daemon> {
  return startDaemon(t, {
    url: vhost.url,
    config: {
      exchanges: [
        { exchange: 'jobs', type: 'topic' },
        { exchange: 'graveyard', type: 'fanout' },
      ],
      queues: [{ queue: 'q', bindings: [{ exchange: 'jobs', routing_key: '#' }], ...queue }, ...more],
      consumers: [{ consumer, queue: 'q', prefetch_count: 10, retry: QUICK, ...entry }],
    },
    args: ['--threads', '1'],
  });
}

async function attempts(daemon: Daemon, id: string, count: number): Promise<JsonRecord[]> {
  const isBegin = (record: JsonRecord): boolean => record['event'] === 'begin' && record['id'] === id;
  const records = await daemon.waitForRecords((all) => all.filter(isBegin).length >= count);
  return records.filter(isBegin);
}

async function untilCount(vhost: TestVhost, queue: string, count: number): Promise<void> {
  const what = `${count} messages in ${queue}`;
  await waitFor(async () => (await vhost.messageCount(queue).catch(() => -1)) === count, { timeoutMs: 20_000, what });
}

async function take(vhost: TestVhost, queue: string): Promise<GetMessage> {
  await untilCount(vhost, queue, 1);
  const message = await (await vhost.channel()).get(queue, { noAck: true });
  assert.ok(message !== false);
  return message;
}

for (const type of ['classic', 'quorum']) {
  const queue = { x_queue_type: type };

  test(`a failed message is retried after its delays, and looks as it was published: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    const properties = { messageId: 'm-1', priority: 2, headers: { own: 1 }, expiration: '600000' };
    await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, { id: 'x', fails: 2 }, properties);
    const [first, second, third] = await attempts(daemon, 'x', 3);
    const seen = [first, second, third].map((each) => {
      const { attempt, exchange, routingKey, redelivered, messageId, priority, own } = each ?? {};
      return { attempt, exchange, routingKey, redelivered, messageId, priority, own };
    });
    const same = { exchange: 'jobs', routingKey: 'a.b', messageId: 'm-1', priority: 2, own: { own: 1 } };
    assert.deepEqual(seen, [
      { attempt: 1, redelivered: false, ...same },
      { attempt: 2, redelivered: true, ...same },
      { attempt: 3, redelivered: true, ...same },
    ]);
    assert.ok(Number(second?.['at']) - Number(first?.['at']) >= 200, 'the first wait is 200 ms');
    assert.ok(Number(third?.['at']) - Number(second?.['at']) >= 400, 'the second wait is 400 ms');
    const line = await daemon.waitForLine({ msg: /attempt 1 of 3 failed; retrying in 200 ms: attempt 1 of x/ });
    assert.deepEqual([line['attempt'], line['waitMs'], line['queue']], [1, 200, 'q']);
    assert.deepEqual([line['level'], line['messageId'], line['routingKey']], [40, 'm-1', 'a.b']);
    assert.match(JSON.stringify(line['err']), /failing\.mjs/);
    assert.deepEqual(
      daemon.lines.filter(({ level }) => Number(level) >= 50),
      [],
    );
    assert.equal((await daemon.stop()).code, 0);
    for (const empty of ['q', 'q.retry.200', 'q.retry.400']) assert.equal(await vhost.messageCount(empty), 0);
    await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  });

  test(`a message whose attempts all fail is dead with its failure record: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    const before = Date.now();
    const properties = { messageId: 'm-1', headers: { own: 1 } };
    await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, { id: 'x', fails: 9 }, properties);
    const dead = await take(vhost, 'q.dead');
    assert.equal((await attempts(daemon, 'x', 3)).length, 3);
    assert.deepEqual(JSON.parse(dead.content.toString()), { id: 'x', fails: 9 });
    assert.deepEqual([dead.properties.messageId, dead.properties.deliveryMode], ['m-1', 2]);
    const headers = dead.properties.headers ?? {};
    const record = Object.fromEntries(
      Object.entries(headers).filter(([name]) => name === 'own' || name.startsWith('x-amqp-dispatcher-')),
    );
    const {
      'x-amqp-dispatcher-stack': stack,
      'x-amqp-dispatcher-first-seen': firstSeen,
      'x-amqp-dispatcher-died-at': diedAt,
      'x-amqp-dispatcher-host': host,
      ...rest
    } = record;
    assert.deepEqual(rest, {
      own: 1,
      'x-amqp-dispatcher-attempts': 3,
      'x-amqp-dispatcher-exchange': 'jobs',
      'x-amqp-dispatcher-routing-key': 'a.b',
      'x-amqp-dispatcher-queue': 'q',
      'x-amqp-dispatcher-consumer': 'Failing',
      'x-amqp-dispatcher-reason': 'exhausted',
      'x-amqp-dispatcher-cause': 'attempt 3 of x',
      'x-amqp-dispatcher-error-type': 'TypeError E_TEST',
    });
    assert.match(String(stack), /TypeError: attempt 3 of x\n.*failing\.mjs/s);
    assert.ok(typeof host === 'string' && host.length > 0);
    const [firstMs, diedMs] = [secondsOf(firstSeen) * 1000, secondsOf(diedAt) * 1000];
    assert.ok(firstMs >= before - 2_000 && firstMs <= diedMs && diedMs <= Date.now(), `${firstMs} ${diedMs}`);
    const line = await daemon.waitForLine({ msg: /put into "q\.dead": all 3 attempts failed/ });
    assert.deepEqual([line['code'], line['reason'], line['attempt']], ['MESSAGE_DEAD', 'exhausted', 3]);
  });

  test(`a message whose attempts all fail goes to the dead-letter exchange of its queue: ${type} queue`, async (t) => {
    const more = [{ queue: 'graves', bindings: [{ exchange: 'graveyard', routing_key: '' }] }];
    const [daemon, vhost] = await failing(t, { queue: { ...queue, x_dead_letter_exchange: 'graveyard' }, more });
    await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, { id: 'x', fails: 9 });
    const dead = await take(vhost, 'graves');
    assert.equal((await attempts(daemon, 'x', 3)).length, 3);
    const { 'x-amqp-dispatcher-attempts': count, 'x-amqp-dispatcher-cause': cause } = dead.properties.headers ?? {};
    assert.deepEqual([count, cause, dead.fields.routingKey], [3, 'attempt 3 of x', 'a.b']);
    const deaths = dead.properties.headers?.['x-death'] ?? [];
    assert.ok(
      deaths.some(({ queue: from, reason }) => from === 'q' && reason === 'rejected'),
      JSON.stringify(deaths),
    );
    await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  });

  test(`a message waits for its next attempt on the broker, and survives the daemon: ${type} queue`, async (t) => {
    const options = { queue, entry: { retry: { ...QUICK, delay: '4s' } } };
    const [daemon, vhost] = await failing(t, options);
    await vhost.publish('q', { id: 'x', fails: 1 });
    await daemon.waitForLine({ msg: /attempt 1 of 3 failed/ });
    daemon.signal('SIGKILL');
    // The copy was confirmed; the kill may have come before the ack of the original, which then comes back as well.
    await waitFor(async () => (await vhost.messageCount('q')) > 0, { timeoutMs: 20_000, what: 'the copy to return' });
    const next = await startFailing(t, vhost, options);
    await next.waitForRecords((all) =>
      all.some(({ event, id, attempt }) => event === 'begin' && id === 'x' && attempt === 2),
    );
    await untilCount(vhost, 'q', 0);
  });

  test(`a message that was dead-lettered by its own queue before is retried: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    const before = [{ queue: 'q', reason: 'expired', count: 1, exchange: '', 'routing-keys': ['q'] }];
    await vhost.publish('q', { id: 'x', fails: 1 }, { headers: { own: 1, 'x-death': before } });
    const [, second] = await attempts(daemon, 'x', 2);
    assert.deepEqual([second?.['attempt'], second?.['own']], [2, { own: 1 }]);
  });

  test(`a message that ends its thread waits like any other and counts an attempt: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue, entry: { retry: QUICK, max_deaths: 10 } });
    await vhost.publish('q', { id: 'x', fails: 2, how: 'die' });
    const seen = await attempts(daemon, 'x', 3);
    assert.deepEqual(
      seen.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    await untilCount(vhost, 'q', 0);
  });
}

/** Ways to make the broker refuse every copy. A quorum queue accepts a few messages beyond its maximum length. */
const REFUSALS = {
  classic: {
    why: 'refused the message',
    begin: async (vhost: TestVhost) => {
      const full = JSON.stringify({ 'max-length': 0, overflow: 'reject-publish' });
      await vhost.ctl('set_policy', 'full', String.raw`^q\.retry\.`, full, '--apply-to', 'queues');
    },
    end: async (vhost: TestVhost) => vhost.ctl('clear_policy', 'full'),
  },
  quorum: {
    why: 'ACCESS_REFUSED',
    begin: async (vhost: TestVhost) => vhost.ctl('set_permissions', 'guest', '.*', '^(jobs|q)$', '.*'),
    end: async (vhost: TestVhost) => vhost.ctl('set_permissions', 'guest', '.*', '.*', '.*'),
  },
} as const;

for (const type of ['classic', 'quorum'] as const) {
  const queue = { x_queue_type: type };
  const { why, begin, end } = REFUSALS[type];
  const kept = new RegExp(`^cannot copy a failed message: .*${why}.*; retrying in (\\d+) ms$`);
  const waitsOf = (daemon: Daemon): number[] =>
    daemon.lines.flatMap(({ msg }) => kept.exec(String(msg))?.slice(1).map(Number) ?? []);

  test(`a message whose copy is refused does not run until the broker accepts the copy: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    await begin(vhost);
    await vhost.publishTo(JOBS, { id: 'x', fails: 1 });
    await waitFor(() => waitsOf(daemon).length >= 4, { what: 'four refused copies' });
    // Other messages are handled meanwhile.
    await vhost.publishTo(JOBS, { id: 'y' });
    await attempts(daemon, 'y', 1);
    assert.equal((await attempts(daemon, 'x', 1)).length, 1);
    await end(vhost);
    const seen = await attempts(daemon, 'x', 2);
    assert.deepEqual(
      seen.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(await vhost.messageCount('q'), 0);
  });

  test(`a kept message returns to its queue unchanged and at once when the daemon stops: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    await begin(vhost);
    await vhost.publishTo(JOBS, { id: 'x', fails: 1 });
    const longest = (): number => Math.max(...waitsOf(daemon));
    await waitFor(() => longest() > 3_000, { timeoutMs: 60_000, what: 'a wait of more than three seconds' });
    const since = Date.now();
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.ok(Date.now() - since < longest(), 'the daemon stopped before the wait was over');
    const back = await take(vhost, 'q');
    assert.equal(back.properties.headers?.['x-amqp-dispatcher-attempts'], undefined);
    assert.equal(back.fields.redelivered, true);
  });
}

for (const type of ['classic', 'quorum']) {
  const queue = { x_queue_type: type };

  test(`a consumer that throws Reject ends the attempts, and its instance stays: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    await vhost.publish('q', { id: 'x', fails: 9, how: 'reject' });
    const dead = await take(vhost, 'q.dead');
    const { headers } = dead.properties;
    assert.equal(headers?.['x-amqp-dispatcher-reason'], 'rejected');
    assert.equal(headers?.['x-amqp-dispatcher-cause'], 'of no use');
    assert.equal(headers?.['x-amqp-dispatcher-error-type'], 'Reject CONSUMER_REJECT');
    await vhost.publish('q', { id: 'y' });
    const [y] = await attempts(daemon, 'y', 1);
    assert.equal(y?.['instance'], 1);
    assert.deepEqual(
      daemon.records().filter(({ event }) => event === 'shutdown'),
      [],
    );
    assert.equal(
      daemon.lines.some(({ msg }) => String(msg).startsWith('consume failed')),
      false,
    );
  });

  test(`a consumer that throws Retry chooses the delay, and its instance stays: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, {
      queue,
      entry: { retry: { ...QUICK, delay: '10m', max_delay: '10m' } },
    });
    await vhost.publish('q', { id: 'x', fails: 1, how: 'retry', delay: '345ms' });
    const [first, second] = await attempts(daemon, 'x', 2);
    assert.ok(Number(second?.['at']) - Number(first?.['at']) >= 345);
    assert.deepEqual([first?.['instance'], second?.['instance'], second?.['attempt']], [1, 1, 2]);
    assert.equal(await vhost.messageCount('q.retry.350'), 0);
  });

  test(`a message is discarded after its last attempt if the file says so: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue, entry: { on_exhausted: 'discard' } });
    await vhost.publish('q', { id: 'x', fails: 9 });
    const line = await daemon.waitForLine({ msg: /discarded: all 3 attempts failed/ });
    assert.equal(line['code'], 'MESSAGE_DEAD');
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(await vhost.messageCount('q'), 0);
    await assert.rejects(vhost.messageCount('q.dead'), /NOT_FOUND/);
  });

  test(`a delay queue that was deleted by hand is declared again, without loss: ${type} queue`, async (t) => {
    const [daemon, vhost] = await failing(t, { queue });
    await vhost.publish('q', { id: 'x', fails: 1 });
    await attempts(daemon, 'x', 2);
    await (await vhost.channel()).deleteQueue('q.retry.200');
    await vhost.publish('q', { id: 'y', fails: 1 });
    const seen = await attempts(daemon, 'y', 2);
    // The copy was unroutable, so the queue was declared again and the copy published again.
    assert.deepEqual(
      seen.map(({ attempt }) => attempt),
      [1, 2],
    );
  });
}

/** amqplib decodes a timestamp as `{ '!': 'timestamp', value }`. */
function secondsOf(timestamp: unknown): number {
  const isTagged = typeof timestamp === 'object' && timestamp !== null && 'value' in timestamp;
  return Number(isTagged ? timestamp.value : Number.NaN);
}
