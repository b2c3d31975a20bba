import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultConnection, parseBrokerUrl } from '../../../src/config/index.js';
import { DeadThread, type DeadThreadOptions } from '../../../src/console/dead/dead-thread.js';
import type { ChangeOperation } from '../../../src/console/dead/operation.js';
import { untilAllAreBack } from '../../faults/broker/dead-parts.js';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { waitFor } from '../../support/wait.js';
import { bury, DeadConsole, declareDead, idsIn } from './dead-parts.js';

const NEVER = new AbortController().signal;
const MANY = 3_000;
/** Copies of one kill, as docs/dead-letters.md says. */
const MOST_TWICE = { classic: 256, quorum: 512 } as const;

/** The thread without a daemon, which cannot kill only it. */
function deadThread(
  vhost: TestVhost,
  options: Pick<DeadThreadOptions, 'idleMs' | 'heapMb'> = {},
): { thread: DeadThread; log: RecordedLog } {
  const log = new RecordedLog();
  const { logger } = log;
  const address = parseBrokerUrl(vhost.url, undefined);
  const plan = { address, settings: defaultConnection(), name: 'test.dead' };
  return { thread: new DeadThread({ ...plan, logger, ...options }), log };
}

async function pageOf(thread: DeadThread, queue: string, look: string | null = null): Promise<JsonRecord> {
  const operation = { kind: 'look', queue, look, where: [], error: null, limit: 1 } as const;
  return parseRecord(await thread.run(operation, NEVER)) ?? {};
}

async function lookAt(thread: DeadThread): Promise<string> {
  return String((await pageOf(thread, 'q.dead'))['look']);
}

function replayOf(look: string): ChangeOperation {
  return { kind: 'change', action: 'replay', queue: 'q.dead', choice: { look, where: [], error: null } };
}

for (const type of ['classic', 'quorum'] as const) {
  test(`a thread that is killed in the middle of a replay loses no dead message: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    await (await vhost.channel()).assertQueue('q.dead', { arguments: { 'x-queue-type': type } });
    const ids = await bury(vhost, MANY);
    const { thread, log } = deadThread(vhost);
    const replay = thread.run(replayOf(await lookAt(thread)), NEVER);
    replay.catch(() => undefined);
    await waitFor(async () => (await vhost.messageCount('parked')) > 100, { what: 'copies', everyMs: 1 });
    await thread.kill();
    await assert.rejects(replay, {
      code: 'WORKER_DIED',
      message: /^the thread for dead messages ended: .*No message is lost/,
    });
    assert.match(log.messages.join(), /^the thread for dead messages ended: /);
    await untilAllAreBack(vhost, type);
    const left = await vhost.messageCount('q.dead');
    assert.ok(left > 0, 'it was killed in the middle');
    const copies = await vhost.messageCount('parked');
    assert.ok(left + copies - MANY <= MOST_TWICE[type], `${left + copies - MANY} are there twice`);
    const found = new Set([...(await idsIn(vhost, 'q.dead')), ...(await idsIn(vhost, 'parked'))]);
    assert.deepEqual([...found].toSorted(), ids.toSorted());
  });

  test(`a replay whose client goes away stops, and neither loses nor doubles: ${type} queue`, async (t) => {
    const dead = await DeadConsole.ready(t, { type });
    const { vhost } = dead;
    await declareDead(dead, type);
    const ids = await bury(vhost, MANY);
    const { look } = await dead.list({ limit: '1' });
    const leaving = new AbortController();
    const replay = dead.post('replay', { queue: 'q.dead', look, where: [] }, leaving.signal);
    replay.catch(() => undefined);
    await waitFor(async () => (await vhost.messageCount('parked')) > 100, { what: 'copies', everyMs: 1 });
    leaving.abort();
    await assert.rejects(replay, { name: 'AbortError' });
    await dead.daemon.waitForLine({
      msg: /^operator action: dead replay q\.dead: replayed \d+, \d+ kept: interrupted/,
    });
    const left = await idsIn(vhost, 'q.dead');
    assert.ok(left.length > 0, 'it stopped in the middle');
    assert.deepEqual([...left, ...(await idsIn(vhost, 'parked'))].toSorted(), ids.toSorted());
  });
}

test('a daemon that stops in the middle of a replay ends in time, and neither loses nor doubles', async (t) => {
  const dead = await DeadConsole.ready(t, { type: 'quorum' });
  const { vhost, daemon } = dead;
  await declareDead(dead, 'quorum');
  const ids = await bury(vhost, MANY);
  const { look } = await dead.list({ limit: '1' });
  const replay = dead.post('replay', { queue: 'q.dead', look, where: [] }).catch(() => undefined);
  await waitFor(async () => (await vhost.messageCount('parked')) > 100, { what: 'copies', everyMs: 1 });
  const exit = await daemon.stop(PATIENCE_MS);
  await replay;
  assert.deepEqual(exit, CLEAN);
  const left = await idsIn(vhost, 'q.dead');
  assert.ok(left.length > 0, 'it stopped in the middle');
  assert.deepEqual([...left, ...(await idsIn(vhost, 'parked'))].toSorted(), ids.toSorted());
});

test('the thread for dead messages begins with the first operation, and ends when nobody needs it', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q.dead', {});
  await bury(vhost, 5);
  const { thread } = deadThread(vhost, { idleMs: 200 });
  assert.equal(thread.isRunning, false);
  const look = await lookAt(thread);
  assert.equal(thread.isRunning, true);
  await waitFor(() => !thread.isRunning, { what: 'the end of the thread' });
  await assert.rejects(thread.run(replayOf(look), NEVER), {
    message: /no longer keeps the copy .*: read the queue again/,
  });
  await thread.stop(5_000);
  await assert.rejects(thread.run(replayOf(look), NEVER), { message: 'the daemon is stopping' });
  assert.equal(await vhost.messageCount('q.dead'), 5);
});

test('copies of queues with long texts leave the thread memory, and every message goes back', async (t) => {
  const vhost = await testVhost(t);
  const queues = ['a.dead', 'b.dead', 'c.dead'];
  const { thread, log } = deadThread(vhost, { heapMb: 64 });
  t.after(() => thread.kill());
  for (const queue of queues) await (await vhost.channel()).assertQueue(queue, {});
  const long = 'ж'.repeat(1_000);
  const names = ['queue', 'consumer', 'cause', 'error-type', 'host', 'exchange', 'routing-key', 'reason'];
  const headers = Object.fromEntries(names.map((name) => [`x-amqp-dispatcher-${name}`, long]));
  const most = 10_000;
  for (const queue of queues) {
    for (let sent = 0; sent < most; sent += 1_000)
      await Promise.all(Array.from({ length: 1_000 }, () => vhost.publish(queue, 'x', { headers })));
  }
  const looks: string[] = [];
  for (const queue of queues) {
    const { total, looked, matching, look } = await pageOf(thread, queue);
    t.diagnostic(`${queue}: ${String(looked)} of ${String(total)}`);
    assert.deepEqual([total, matching], [most, looked]);
    assert.ok(Number(looked) > 1_000 && Number(looked) < most, String(looked));
    looks.push(String(look));
    await vhost.holds(queue, most);
  }
  // Two copies fill the memory for copies: the third took the place of the first.
  await assert.rejects(pageOf(thread, 'a.dead', looks[0]), { message: /no longer keeps the copy of "a\.dead"/ });
  assert.equal((await pageOf(thread, 'b.dead', looks[1]))['look'], looks[1]);
  assert.deepEqual(log.messages, []);
});

for (const type of ['classic', 'quorum']) {
  test(`a look through 20,000 dead messages delays no ack: ${type} queue`, async (t) => {
    const dead = await DeadConsole.ready(t, { type, consumer: 'consumers.mjs:Acks' });
    const { vhost, daemon } = dead;
    await declareDead(dead, type);
    for (let batch = 0; batch < 4; batch++) await bury(vhost, 5_000, { prefix: `b${batch}` });
    const http = await DaemonHttp.of(daemon);
    const before = ticksOf(daemon.pid);
    const over = new AbortController();
    const list = dead.list({ limit: '500' }).finally(() => over.abort());
    let acked = 0;
    while (!over.signal.aborted) {
      await vhost.publish('q', { n: acked });
      await waitFor(async () => (await http.scrape()).value('messages_total', { outcome: 'ack' }) > acked, {
        what: `ack ${acked}`,
        timeoutMs: 2_000,
        everyMs: 5,
      });
      acked++;
    }
    const { page, rows } = await list;
    assert.deepEqual([page['total'], page['looked'], page['matching'], rows.length], [20_000, 20_000, 20_000, 500]);
    assert.ok(acked > 2, `${acked} acks while it looked`);
    const after = ticksOf(daemon.pid);
    const share = (after.main - before.main) / (after.process - before.process);
    assert.ok(share < 0.5, `the main thread used ${share} of the processor time`);
    await vhost.holds('q.dead', 20_000);
  });
}

/** Processor time of a process and of its main thread. */
function ticksOf(pid: number | undefined): { main: number; process: number } {
  return { main: ticksIn(`/proc/${pid}/task/${pid}/stat`), process: ticksIn(`/proc/${pid}/stat`) };
}

/** See proc(5); the name before the last parenthesis may contain anything. */
function ticksIn(file: string): number {
  const text = readFileSync(file, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
