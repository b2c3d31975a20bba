import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { CLEAN, FAILED, PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

const HTTP = { http: { listen: '127.0.0.1:0' } };
const NOWHERE = 'amqp://guest:guest@no-such-host.invalid:5672/';

async function becomes(http: DaemonHttp, path: string, status: number): Promise<void> {
  await waitFor(async () => (await http.status(path)) === status, {
    timeoutMs: PATIENCE_MS,
    what: `${path} to answer ${status}`,
  });
}

/** The time that 99 of 100 requests take at most. */
async function p99Ms(http: DaemonHttp, path: string): Promise<number> {
  const tookMs: number[] = [];
  for (let count = 0; count < 200; count++) {
    const startMs = performance.now();
    assert.equal(await http.status(path), 200);
    tookMs.push(performance.now() - startMs);
  }
  return tookMs.toSorted((left, right) => left - right)[198] ?? Number.NaN;
}

test('the probes and the metrics answer while every thread is in an endless loop', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { consumer_count: 2, prefetch_count: 4 },
    config: HTTP,
    args: ['--threads', '2'],
  });
  const http = await DaemonHttp.of(daemon);
  for (const id of ['a', 'b', 'c']) await vhost.publish('q', { id, how: 'loops' });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2, PATIENCE_MS);
  const first = await http.scrape();
  assert.deepEqual([first.value('running'), first.value('waiting'), first.value('unanswered')], [2, 1, 3]);
  assert.deepEqual([first.value('instances'), first.value('instances_busy')], [2, 2]);
  // The best round, because the machine of a test has other work.
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && bestMs >= 50; round++) bestMs = Math.min(bestMs, await p99Ms(http, '/livez'));
  t.diagnostic(`p99 of /livez while all threads loop: ${bestMs.toFixed(1)} ms`);
  assert.ok(bestMs < 50, `${bestMs} ms`);
  assert.equal(await http.status('/readyz'), 200);
  const scrape = await http.scrape();
  assert.ok(scrape.value('thread_utilization_ratio') > 0.9, `${scrape.value('thread_utilization_ratio')}`);
  assert.ok(scrape.value('oldest_running_seconds') > first.value('oldest_running_seconds'));
  assert.equal(scrape.value('running'), 2);
});

test('a daemon without its broker is live and not ready, says why, and is ready again with it', async (t) => {
  const { daemon, proxy } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', config: HTTP });
  const http = await DaemonHttp.of(daemon);
  for (const path of ['/startupz', '/livez', '/readyz']) assert.equal(await http.status(path), 200, path);
  proxy.refuse();
  proxy.cut();
  await becomes(http, '/readyz', 503);
  const down = await waitFor(
    async () => {
      const text = await http.text('/readyz?verbose');
      return text.includes('cannot connect') && text;
    },
    { what: 'the reason in /readyz' },
  );
  assert.match(down, /^\[\+\] daemon: running$/m);
  assert.match(down, /^\[-\] connection: cannot connect to 127\.0\.0\.1:\d+: /m);
  assert.match(down, /^\[-\] entry Acks on "q": not subscribed$/m);
  for (const path of ['/startupz', '/livez']) assert.equal(await http.status(path), 200, path);
  const scrape = await http.scrape();
  assert.deepEqual([scrape.value('connected'), scrape.value('subscribed')], [0, 0]);
  assert.equal(scrape.value('connections_lost_total', { role: 'consumer' }), 1);
  proxy.accept();
  await becomes(http, '/readyz', 200);
  assert.equal(await http.text('/readyz'), 'ok\n');
});

test('a daemon whose broker has no such host name is live, not started and not ready, and names the host', async (t) => {
  const daemon = await startDaemon(t, {
    url: NOWHERE,
    config: { ...HTTP, consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }] },
  });
  const http = await DaemonHttp.of(daemon);
  await daemon.waitForLine({ msg: /^cannot connect to no-such-host\.invalid:5672/ }, PATIENCE_MS);
  assert.match(
    await http.text('/readyz?verbose'),
    /^\[-\] connection: cannot connect to no-such-host\.invalid:5672: .*(?:ENOTFOUND|EAI_AGAIN)/m,
  );
  assert.deepEqual([await http.status('/readyz'), await http.status('/startupz')], [503, 503]);
  assert.equal(await http.status('/livez'), 200);
  assert.equal(await http.text('/startupz'), '[-] started: has not been ready yet\nfailed\n');
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a daemon that stops is live and not ready while its last message runs', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, { consumer: 'failing.mjs:Slow', config: HTTP });
  const http = await DaemonHttp.of(daemon);
  await vhost.publish('q', { id: 'last', ms: 3_000 });
  await daemon.waitForRecords((records) => records.some(({ event }) => event === 'begin'), PATIENCE_MS);
  daemon.signal('SIGTERM');
  await becomes(http, '/readyz', 503);
  assert.match(await http.text('/readyz'), /^\[-\] daemon: draining$/m);
  assert.equal(await http.status('/livez'), 200);
  assert.deepEqual(await daemon.exit(PATIENCE_MS), CLEAN);
});

test('an address in use ends the start with a clear line and exit code 1', async (t) => {
  const vhost = await testVhost(t);
  const config = {
    ...HTTP,
    queues: [{ queue: 'q' }],
    consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }],
  };
  const first = await startDaemon(t, { url: vhost.url, config });
  const { port } = new URL((await DaemonHttp.of(first)).origin);
  const second = await startDaemon(t, { url: vhost.url, config, args: ['--http', `127.0.0.1:${port}`] });
  assert.deepEqual(await second.exit(PATIENCE_MS), FAILED);
  const fatal = await second.waitForLine(({ level }) => level === 60);
  assert.equal(fatal['code'], 'HTTP_LISTEN_FAILED');
  assert.match(String(fatal['msg']), new RegExp(`^http: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`));
});

test('the summary says what an entry did in the period, and stays silent for an idle one', async (t) => {
  const { daemon, vhost } = await Stage.ready(t, { consumer: 'consumers.mjs:Acks', args: ['--summary', '1s'] });
  for (let id = 0; id < 3; id++) await vhost.publish('q', String(id));
  const done = (): number =>
    daemon.lines.reduce((sum, { done: count }) => sum + (typeof count === 'number' ? count : 0), 0);
  await waitFor(() => done() === 3, { what: 'summaries of three messages' });
  const line = await daemon.waitForLine({ msg: /^\d done, 0 failed, / });
  assert.deepEqual([line['queue'], line['consumer'], line['failed']], ['q', 'Acks', 0]);
});
