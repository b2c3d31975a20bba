import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { DaemonHttp, type Scrape } from '../../support/daemon/scrape.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const SCHEMA = { type: 'object', required: ['id'] };

interface Observed {
  readonly daemon: Daemon;
  readonly vhost: TestVhost;
  readonly http: DaemonHttp;
}

interface Entry {
  readonly queue: string;
  readonly [key: string]: unknown;
}

async function observed(t: TestContext, entries: readonly Entry[], threads = 1, files = {}): Promise<Observed> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [...new Set(entries.map(({ queue }) => queue))].map((queue) => ({ queue })),
      consumers: entries,
      http: { listen: '127.0.0.1:0' },
    },
    files,
    args: ['--threads', String(threads)],
  });
  await daemon.ready(PATIENCE_MS);
  return { daemon, vhost, http: await DaemonHttp.of(daemon) };
}

/** Waits for a scrape that a check accepts; fails with the last difference. */
async function scraped(http: DaemonHttp, check: (scrape: Scrape) => void): Promise<Scrape> {
  let last: unknown;
  return waitFor(
    async () => {
      const scrape = await http.scrape();
      try {
        check(scrape);
        return scrape;
      } catch (error) {
        last = error;
        return undefined;
      }
    },
    { timeoutMs: PATIENCE_MS, everyMs: 100, what: () => `these metrics: ${String(last)}` },
  );
}

test('the counters equal what happened: acks, retries, dead and rejected messages', async (t) => {
  const entry = { consumer: `${fixture('failing.mjs')}:Failing`, queue: 'q', retry: { attempts: 3, delay: '100ms' } };
  const { daemon, vhost, http } = await observed(t, [{ ...entry, prefetch_count: 10 }]);
  await vhost.publish('q', { id: 'fine' });
  await vhost.publish('q', { id: 'once', fails: 1 });
  await vhost.publish('q', { id: 'always', fails: 9 });
  await vhost.publish('q', { id: 'rejected', fails: 9, how: 'reject' });
  const scrape = await scraped(http, (each) => {
    const of = { queue: 'q', consumer: 'Failing' };
    assert.deepEqual(each.by('messages_total', 'outcome', of), { ack: 2, retry: 3, dead: 2 });
    assert.deepEqual(each.by('message_failures_total', 'reason', of), { throw: 5 });
    assert.equal(each.value('deliveries_total', of), 7);
    assert.equal(each.value('process_duration_seconds_count', of), 7);
    assert.equal(each.value('wait_duration_seconds_count', of), 7);
    // Three copies for retries, two dead ones.
    assert.deepEqual(each.by('publishes_total', 'result'), { confirmed: 5 });
    assert.equal(each.value('publish_confirm_seconds_count'), 5);
    for (const gauge of ['running', 'waiting', 'unanswered', 'instances_busy'])
      assert.equal(each.value(gauge), 0, gauge);
  });
  assert.deepEqual([scrape.value('subscribed'), scrape.value('prefetch'), scrape.value('instances')], [1, 10, 1]);
  assert.deepEqual(scrape.by('connected', 'role'), { consumer: 1, publisher: 1 });
  assert.deepEqual(scrape.by('threads', 'state'), { serving: 1 });
  const lastMs = scrape.value('last_message_timestamp_seconds') * 1_000;
  assert.ok(Math.abs(lastMs - Date.now()) < PATIENCE_MS, `${lastMs}`);
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('the counters equal what happened: timeouts, the death of threads, invalid messages', async (t) => {
  const retry = { attempts: 3, delay: '100ms' };
  const { vhost, http } = await observed(
    t,
    [
      {
        consumer: `${fixture('failing.mjs')}:Slow`,
        queue: 'slow',
        threads: 1,
        retry,
        timeout: { soft: '300ms', hard: '1s' },
      },
      { consumer: `${fixture('failing.mjs')}:Failing`, queue: 'dying', threads: 1, retry },
      { consumer: `${fixture('decoding.mjs')}:Decoded`, queue: 'typed', decode: { json: { schema: './schema.json' } } },
    ],
    1,
    { 'schema.json': JSON.stringify(SCHEMA) },
  );
  await vhost.publish('slow', { id: 'late', how: 'waits', ms: 500 });
  await vhost.publish('slow', { id: 'loops', how: 'loops' });
  await vhost.publish('dying', { id: 'dies', fails: 1, how: 'die' });
  await vhost.publish('typed', 'no JSON');
  await vhost.publish('typed', { other: 1 });
  await vhost.publish('typed', { id: 1 });
  await scraped(http, (each) => {
    assert.deepEqual(each.by('message_failures_total', 'reason', { queue: 'slow' }), {
      soft_timeout: 2,
      hard_timeout: 1,
    });
    assert.deepEqual(each.by('messages_total', 'outcome', { queue: 'slow' }), { ack: 2, retry: 1 });
    assert.deepEqual(each.by('message_failures_total', 'reason', { queue: 'dying' }), { death: 1 });
    assert.deepEqual(each.by('messages_total', 'outcome', { queue: 'dying' }), { ack: 1, retry: 1 });
    assert.deepEqual(each.by('message_failures_total', 'reason', { queue: 'typed' }), { invalid: 2 });
    assert.deepEqual(each.by('messages_total', 'outcome', { queue: 'typed' }), { ack: 1, invalid: 2 });
    assert.deepEqual(each.by('threads_ended_total', 'reason', { group: 'Slow' }), { timeout: 1 });
    assert.deepEqual(each.by('threads_ended_total', 'reason', { group: 'Failing' }), { crash: 1 });
    assert.deepEqual(each.by('threads', 'state'), { serving: 3 });
    assert.equal(each.value('process_duration_seconds_count', { queue: 'dying' }), 2);
  });
  const { queue, le } = { queue: 'slow', le: '1.0' };
  const scrape = await http.scrape();
  // The message whose thread died ran for more than a second, too.
  assert.equal(scrape.value('process_duration_seconds_bucket', { queue, le }), 2);
  assert.equal(scrape.value('process_duration_seconds_count', { queue }), 3);
});

test('the counters of batches count messages, and batch_size the calls', async (t) => {
  const entry = { consumer: `${fixture('batches.mjs')}:Batching`, queue: 'q', batch: { size: 4, wait: '30s' } };
  const { vhost, http } = await observed(t, [entry]);
  for (const [id, how] of Object.entries({ 1: 'ack', 2: 'nack', 3: 'reject', 4: 'refuse' }))
    await vhost.publish('q', { id, how });
  for (const id of [5, 6, 7, 8]) await vhost.publish('q', { id });
  await scraped(http, (each) => {
    assert.deepEqual(each.by('messages_total', 'outcome'), { ack: 5, nack: 1, reject: 1, dead: 1 });
    assert.deepEqual(each.by('message_failures_total', 'reason'), { throw: 1 });
    assert.equal(each.value('process_duration_seconds_count'), 8);
    assert.deepEqual([each.value('batch_size_count'), each.value('batch_size_sum')], [2, 8]);
  });
});

test('the counters of publishes tell confirmed, returned and refused ones apart', async (t) => {
  const { vhost, http } = await observed(t, [
    { consumer: `${fixture('publishing.mjs')}:Hostile`, queue: 'hostile' },
    { consumer: `${fixture('publishing.mjs')}:Good`, queue: 'good' },
  ]);
  await (await vhost.channel()).assertQueue('sink');
  await vhost.publish('hostile', ['an unroutable mandatory message', 'a missing exchange']);
  for (const id of ['a', 'b']) await vhost.publish('good', id);
  await scraped(http, (each) => {
    assert.deepEqual(each.by('publishes_total', 'result'), { confirmed: 2, returned: 3, refused: 3 });
    assert.equal(each.value('publish_confirm_seconds_count'), 2);
  });
});

test('a recycled thread counts as recycled, once, and not as a crash', async (t) => {
  const entry = { consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q', recycle: { messages: 3 } };
  const { vhost, http } = await observed(t, [entry]);
  for (let id = 0; id < 4; id++) await vhost.publish('q', String(id));
  const scrape = await scraped(http, (each) => {
    assert.deepEqual(each.by('threads_ended_total', 'reason'), { recycle: 1 });
    assert.deepEqual(each.by('messages_total', 'outcome'), { ack: 4 });
  });
  assert.deepEqual(scrape.by('message_failures_total', 'reason'), {});
});

test('entries of one class on one queue have series of their own', async (t) => {
  const entry = { consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q', threads: 1 };
  const { vhost, http } = await observed(t, [entry, entry]);
  for (let id = 0; id < 4; id++) await vhost.publish('q', String(id));
  const scrape = await scraped(http, (each) => assert.equal(each.value('messages_total', { outcome: 'ack' }), 4));
  assert.equal(new Set(scrape.identities).size, scrape.identities.length);
  assert.deepEqual(scrape.by('instances', 'consumer'), { Acks: 1, 'Acks#2': 1 });
  assert.deepEqual(scrape.by('threads', 'group'), { Acks: 1, 'Acks#2': 1 });
});

test("the consumers' own metrics add up over threads, and never go back when a thread dies", async (t) => {
  const entry = { consumer: `${fixture('metered.mjs')}:Metered`, queue: 'q', consumer_count: 2, max_deaths: 1 };
  const { daemon, vhost, http } = await observed(t, [entry], 2);
  const own = async (name: string): Promise<string[]> =>
    (await http.text('/metrics')).split('\n').filter((line) => line.startsWith(name));
  for (const amount of [1, 5, 50, 500]) await vhost.publish('q', { id: `m${amount}`, amount });
  const counted = ['shop_handled_total{kind="large"} 2', 'shop_handled_total{kind="small"} 2'];
  await waitFor(async () => (await own('shop_handled_total')).toSorted().join() === counted.join(), { what: 'counts' });
  const amounts = ['{le="10.0"} 2', '{le="100.0"} 3', '{le="+Inf"} 4'].map((each) => `shop_amount_bucket${each}`);
  assert.deepEqual(await own('shop_amount'), [...amounts, 'shop_amount_sum 556', 'shop_amount_count 4']);
  await vhost.publish('q', { id: 'kill', how: 'kill', amount: 50 });
  const after = ['shop_handled_total{kind="large"} 3', 'shop_handled_total{kind="small"} 2'];
  await scraped(http, (each) => assert.equal(each.value('threads_ended_total', { reason: 'crash' }), 1));
  assert.deepEqual((await own('shop_handled_total')).toSorted(), after);
  await vhost.publish('q', { id: 'many', how: 'many' });
  await daemon.waitForLine({ msg: /^metric shop_handled is incomplete: it has more than 1000 series$/ });
  await waitFor(async () => (await own('shop_handled_total')).length === 1_000, { what: '1,000 series' });
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('the number of series stays the same while threads die', async (t) => {
  const deaths = byLength({ short: 30, full: 1_000 });
  // A thread that keeps dying is replaced more and more slowly.
  const threads = Math.min(100, Math.ceil(deaths / 3));
  const entry = { consumer: `${fixture('killers.mjs')}:Killed`, queue: 'q', max_deaths: 1, consumer_count: threads };
  const { vhost, http } = await observed(t, [entry], threads);
  const before = await http.scrape();
  for (let count = 0; count < deaths; count++) await vhost.publish('q', 'kill');
  const after = await waitFor(
    async () => {
      const scrape = await http.scrape();
      return (
        scrape.value('threads_ended_total') >= deaths &&
        scrape.value('threads', { state: 'serving' }) === threads &&
        scrape
      );
    },
    { timeoutMs: deaths * 5_000, everyMs: 200, what: `${deaths} deaths` },
  );
  assert.deepEqual(after.by('threads_ended_total', 'reason'), { crash: deaths });
  // The others of a dead thread's window went back, and came again.
  assert.equal(after.value('messages_total', { outcome: 'dead' }), deaths);
  assert.deepEqual(after.identities, before.identities);
});

test('a scrape of 200 entries costs less than 50 ms of processor time', async (t) => {
  const entries = Array.from({ length: 200 }, (_, index) => ({
    consumer: `${fixture('consumers.mjs')}:Acks`,
    name: `entry-${index}`,
    queue: `queue-${index}`,
  }));
  const { http } = await observed(t, entries);
  const tookMs: number[] = [];
  const costMs: number[] = [];
  let beforeSeconds = Number.NaN;
  for (let round = 0; round < 10; round++) {
    const startMs = performance.now();
    const text = await http.text('/metrics');
    tookMs.push(performance.now() - startMs);
    assert.ok(text.includes('entry-199'));
    // Of all threads, from one scrape to the next: a machine with other work does not change it.
    const seconds = Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
    if (round > 0) costMs.push((seconds - beforeSeconds) * 1_000);
    beforeSeconds = seconds;
  }
  const [took, cost] = [tookMs, costMs].map((each) => each.toSorted((left, right) => left - right));
  t.diagnostic(`scrape of 200 entries: ${shown(took)}; processor time: ${shown(cost)}`);
  assert.ok(Number(cost?.[0]) < 50, `${cost?.[0]} ms`);
});

function shown(times: readonly number[] = []): string {
  return `median ${times[Math.floor(times.length / 2)]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`;
}
