import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Options } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, type DaemonExit, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN, FAILED } from '../../support/daemon/stage.js';
import { type JsonRecord, parseRecordLines } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

const USAGE: DaemonExit = { code: 2, signal: null };
const consumer = `${fixture('failing.mjs')}:Failing`;
const RECORD = {
  'x-amqp-dispatcher-attempts': 3,
  'x-amqp-dispatcher-exchange': 'jobs',
  'x-amqp-dispatcher-routing-key': 'a.b',
  'x-amqp-dispatcher-queue': 'q',
  'x-amqp-dispatcher-consumer': 'Email',
  'x-amqp-dispatcher-reason': 'exhausted',
  'x-amqp-dispatcher-cause': 'timeout of smtp',
  'x-amqp-dispatcher-error-type': 'TypeError E_TEST',
};

interface Outcome {
  readonly exit: DaemonExit;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly JsonRecord[];
}

async function dead(t: TestContext, vhost: TestVhost, ...args: readonly string[]): Promise<Outcome> {
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', ...args] });
  const exit = await command.exit(60_000);
  return { exit, stdout: command.stdout, stderr: command.stderr, lines: parseRecordLines(command.stdout) };
}

async function queues(t: TestContext, type: string, deadType = type): Promise<TestVhost> {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { arguments: { 'x-queue-type': type } });
  await channel.assertQueue('q.dead', { arguments: { 'x-queue-type': deadType } });
  return vhost;
}

async function bury(vhost: TestVhost, id: string, properties: Options.Publish = {}): Promise<void> {
  await vhost.publish('q.dead', `body of ${id}`, { messageId: id, headers: RECORD, ...properties });
}

async function holds(vhost: TestVhost, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [queue, count] of Object.entries(counts)) {
    const what = `${count} messages in ${queue}`;
    await waitFor(async () => (await vhost.messageCount(queue)) === count, { what });
  }
}

/** Takes all messages out of a queue. */
async function drained(vhost: TestVhost, queue: string): Promise<{ body: string; headers: JsonRecord; id: unknown }[]> {
  return (await vhost.takeAll(queue)).map(({ content, properties }) => ({
    body: content.toString(),
    headers: { ...properties.headers },
    id: properties.messageId,
  }));
}

const ids = (lines: readonly JsonRecord[]): unknown[] => lines.map(({ id }) => id);

const isBegin = ({ event }: JsonRecord): boolean => event === 'begin';

/** The parts of a message that a consumer sees. */
function seen({ attempt, exchange, routingKey, messageId, priority, own }: JsonRecord): object {
  return { attempt, exchange, routingKey, messageId, priority, own };
}

async function begun(daemon: Daemon, count: number): Promise<JsonRecord[]> {
  return (await daemon.waitForRecords((records) => records.filter(isBegin).length >= count)).filter(isBegin);
}

for (const type of ['classic', 'quorum']) {
  test(`a dead message is listed and shown with its record, and replayed as new: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const config = {
      exchanges: [{ exchange: 'jobs', type: 'topic' }],
      queues: [{ queue: 'q', x_queue_type: type, bindings: [{ exchange: 'jobs', routing_key: '#' }] }],
      consumers: [{ consumer, queue: 'q', retry: { attempts: 1 } }],
    };
    const daemon = await startDaemon(t, { url: vhost.url, config, args: ['--threads', '1'] });
    await daemon.ready();
    const properties = { messageId: 'm-1', priority: 2, headers: { own: 1 }, expiration: '600000' };
    await vhost.publishTo({ exchange: 'jobs', routingKey: 'a.b' }, { id: 'x', fails: 1 }, properties);
    await daemon.waitForLine({ msg: /put into "q\.dead"/ });

    const listed = await dead(t, vhost, 'list', 'q');
    assert.deepEqual(listed.exit, CLEAN, listed.stderr);
    const [line] = listed.lines;
    const { id, reason, attempts, errorType, cause, exchange, routingKey, preview } = line ?? {};
    assert.deepEqual(
      { id, reason, attempts, errorType, cause, exchange, routingKey, preview },
      {
        id: 'm-1',
        reason: 'exhausted',
        attempts: 1,
        errorType: 'TypeError E_TEST',
        cause: 'attempt 1 of x',
        exchange: 'jobs',
        routingKey: 'a.b',
        preview: '{"id":"x","fails":1}',
      },
    );
    assert.ok(Date.now() - Date.parse(String(line?.['diedAt'])) < 60_000);

    const [shown] = (await dead(t, vhost, 'show', 'q.dead', 'm-1')).lines;
    assert.match(String(shown?.['stack']), /TypeError: attempt 1 of x\n/);
    assert.deepEqual([shown?.['body'], shown?.['bodyEncoding']], ['{"id":"x","fails":1}', 'utf8']);
    const table = await dead(t, vhost, 'list', 'q', '--format', 'table');
    assert.match(
      table.stdout,
      /^ID +DIED AT +REASON .*\nm-1 +\S+Z +exhausted +1 +TypeError E_TEST: attempt 1 of x +\{"id"/,
    );

    const replayed = await dead(t, vhost, 'replay', 'q', '--format', 'table');
    assert.deepEqual(replayed.exit, CLEAN, replayed.stderr);
    assert.equal(replayed.stdout, 'replayed 1 of 1 message of "q.dead"\n');
    const [first, again] = await begun(daemon, 2);
    // A first attempt again, with the original route; only the expiration is removed.
    assert.deepEqual(seen(again ?? {}), seen(first ?? {}));
    assert.deepEqual([first?.['expiration'], again?.['expiration']], ['600000', undefined]);
    await holds(vhost, { q: 0, 'q.dead': 1 });
    assert.equal((await dead(t, vhost, 'list', 'q')).lines[0]?.['attempts'], 1);
  });

  test(`list, show and a dry run neither lose, change nor reorder messages: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    const names = Array.from({ length: 1_500 }, (_, index) => `m-${index}`);
    await Promise.all(names.map((name) => bury(vhost, name)));
    for (const args of [
      ['list', 'q'],
      ['replay', 'q', '--dry-run'],
      ['list', 'q'],
    ]) {
      const listed = await dead(t, vhost, ...args);
      assert.deepEqual(listed.exit, CLEAN, listed.stderr);
      assert.deepEqual(ids(listed.lines), names);
      await holds(vhost, { q: 0, 'q.dead': names.length });
    }
    assert.deepEqual(ids((await dead(t, vhost, 'show', 'q', 'm-1400')).lines), ['m-1400']);
    assert.deepEqual(ids((await dead(t, vhost, 'list', 'q', '--limit', '2')).lines), ['m-0', 'm-1']);
    assert.deepEqual(ids((await dead(t, vhost, 'show', 'q')).lines), ['m-0']);
    assert.deepEqual(ids(await drained(vhost, 'q.dead')), names);
  });

  test(`replay moves the selected messages and leaves the others in place: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const headers = { ...RECORD, own: name, ...(name === 'b' && { 'x-amqp-dispatcher-reason': 'rejected' }) };
      await bury(vhost, name, { headers });
    }
    const replay = async (...args: string[]): Promise<unknown[]> => {
      const { exit, stderr } = await dead(t, vhost, 'replay', 'q', ...args);
      assert.deepEqual(exit, CLEAN, stderr);
      return ids(await drained(vhost, 'q'));
    };
    assert.deepEqual(await replay('--where', 'reason=exhausted', '--where', 'cause~timeout', '--limit', '2'), [
      'a',
      'c',
    ]);
    assert.deepEqual(await replay('--where', 'header.own=d'), ['d']);
    assert.deepEqual(await replay('--where', 'header.own=nobody'), []);
    assert.deepEqual(await replay('--id', 'e'), ['e']);
    const none = await dead(
      t,
      vhost,
      'replay',
      'q',
      '--id',
      'b',
      '--id',
      'z',
      '--dry-run',
      '--where',
      'reason=rejected',
    );
    assert.deepEqual(ids(none.lines), ['b']);
    const missing = await dead(t, vhost, 'replay', 'q', '--id', 'z');
    assert.deepEqual(missing.exit, FAILED);
    assert.match(missing.stderr, /no message of "q\.dead" has the id "z"/);
    assert.deepEqual(ids(await drained(vhost, 'q.dead')), ['b']);
  });
}

test('a replay removes the record and the counts, and keeps every other header', async (t) => {
  const vhost = await queues(t, 'classic', 'quorum');
  const own = { text: 'x', table: { deep: [1, true] }, 'x-other': 2 };
  const broker = { 'x-death': [{ count: 1 }], 'x-first-death-queue': 'q', 'x-last-death-reason': 'expired' };
  await bury(vhost, 'a', { headers: { ...RECORD, ...own, ...broker, 'x-amqp-dispatcher-first-seen': 1 } });
  // Reading a message of a quorum queue adds a delivery count to it.
  await dead(t, vhost, 'list', 'q');
  await dead(t, vhost, 'replay', 'q');
  await holds(vhost, { q: 1, 'q.dead': 0 });
  const [back] = await drained(vhost, 'q');
  assert.deepEqual(back, {
    id: 'a',
    body: 'body of a',
    headers: { ...own, 'x-amqp-dispatcher-exchange': 'jobs', 'x-amqp-dispatcher-routing-key': 'a.b' },
  });
});

test('a message without an id is named by a hash that does not change', async (t) => {
  const vhost = await queues(t, 'quorum');
  for (const body of ['one', 'two']) await vhost.publish('q.dead', body, { headers: RECORD });
  const [first, second] = ids((await dead(t, vhost, 'list', 'q')).lines).map(String);
  assert.match(first ?? '', /^[0-9a-f]{12}$/);
  assert.notEqual(first, second);
  const { exit, stderr } = await dead(t, vhost, 'replay', 'q', '--id', second ?? '');
  assert.deepEqual(exit, CLEAN, stderr);
  assert.deepEqual(
    (await drained(vhost, 'q')).map(({ body }) => body),
    ['two'],
  );
});

for (const type of ['classic', 'quorum']) {
  test(`replay leaves unroutable messages dead, replays the others and exits with 1: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    await bury(vhost, 'a');
    await bury(vhost, 'b', { headers: { ...RECORD, 'x-amqp-dispatcher-queue': 'gone' } });
    // Published by hand, without a record: it goes to the queue in the dead queue's name.
    await bury(vhost, 'c', { headers: {} });
    const { exit, lines, stderr } = await dead(t, vhost, 'replay', 'q');
    assert.deepEqual(exit, FAILED);
    assert.deepEqual(lines, [{ queue: 'q.dead', total: 3, replayed: 2, failed: 1, interrupted: false }]);
    assert.match(stderr, /b stays in "q\.dead": no queue received the message .*"gone"/);
    assert.deepEqual(ids(await drained(vhost, 'q')), ['a', 'c']);
    assert.deepEqual(ids(await drained(vhost, 'q.dead')), ['b']);
  });

  test(`a replay ignores messages that die while it runs, so one into the same queue ends: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    const names = Array.from({ length: 50 }, (_, index) => `m-${index}`);
    const headers = { ...RECORD, 'x-amqp-dispatcher-queue': 'q.dead' };
    for (const name of names) await bury(vhost, name, { headers });
    const { lines } = await dead(t, vhost, 'replay', 'q');
    assert.deepEqual(lines, [{ queue: 'q.dead', total: 50, replayed: 50, failed: 0, interrupted: false }]);
    assert.deepEqual(ids(await drained(vhost, 'q.dead')), names);
  });

  test(`purge needs a terminal or --yes, and deletes the messages it finds: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    for (const name of ['a', 'b', 'c']) await bury(vhost, name);
    const refused = await dead(t, vhost, 'purge', 'q');
    assert.deepEqual(refused.exit, USAGE);
    assert.match(refused.stderr, /--yes/);
    await holds(vhost, { 'q.dead': 3 });
    const purged = await dead(t, vhost, 'purge', 'q', '--yes');
    assert.deepEqual(
      [purged.exit, purged.lines],
      [CLEAN, [{ queue: 'q.dead', total: 3, deleted: 3, interrupted: false }]],
    );
    await holds(vhost, { 'q.dead': 0, q: 0 });
  });

  test(`SIGTERM ends a replay after its messages in flight, without loss or duplicates: ${type} queue`, async (t) => {
    const vhost = await queues(t, type);
    const names = Array.from({ length: 5_000 }, (_, index) => `m-${index}`);
    await Promise.all(names.map((name) => bury(vhost, name)));
    const command = await startDaemon(t, { url: vhost.url, args: ['dead', 'replay', 'q'] });
    await waitFor(async () => (await vhost.messageCount('q')) > 0, { what: 'the first replayed message', everyMs: 1 });
    const exit = await command.stop();
    const [outcome] = parseRecordLines(command.stdout);
    const replayed = Number(outcome?.['replayed']);
    assert.deepEqual([exit, outcome?.['interrupted'], outcome?.['failed']], [FAILED, true, 0]);
    await holds(vhost, { q: replayed, 'q.dead': names.length - replayed });
    const all = ids([...(await drained(vhost, 'q')), ...(await drained(vhost, 'q.dead'))]);
    // A quorum queue puts returned messages at its end.
    const inOrder = (found: readonly unknown[]): readonly unknown[] =>
      type === 'classic' ? found : names.filter((name) => found.includes(name));
    assert.equal(all.length, names.length);
    assert.deepEqual(inOrder(all), names);
  });
}

test('a replay that loses its connections exits with 1, and the next one finds the remaining messages', async (t) => {
  const vhost = await queues(t, 'classic');
  const names = Array.from({ length: 10_000 }, (_, index) => `m-${index}`);
  await Promise.all(names.map((name) => bury(vhost, name)));
  // Stays in flight until the test ends the block.
  await vhost.broker.ctl('set_vm_memory_high_watermark', '0.0001');
  t.after(async () => void (await vhost.broker.ctl('set_vm_memory_high_watermark', '0.6')));
  const command = await startDaemon(t, { url: vhost.url, args: ['dead', 'replay', 'q'] });
  await waitFor(() => command.stderr.includes('the broker blocks publishing'), {
    what: 'the broker to block publishing',
  });
  await vhost.closeConnections('maintenance');
  assert.deepEqual(await command.exit(), FAILED);
  assert.match(command.stderr, /reading "q\.dead": .*lost/);
  const [outcome] = parseRecordLines(command.stdout);
  assert.deepEqual([outcome?.['replayed'], outcome?.['interrupted']], [0, true]);
  // Twice a window: if the publish connection closes first, the messages that replace the failed ones are lost with the other.
  assert.ok(Number(outcome?.['failed']) <= 2 * 256, 'no more than were in flight');
  await vhost.broker.ctl('set_vm_memory_high_watermark', '0.6');
  await holds(vhost, { 'q.dead': names.length });
  assert.deepEqual((await dead(t, vhost, 'replay', 'q')).exit, CLEAN);
  await holds(vhost, { 'q.dead': 0 });
  assert.deepEqual(new Set(ids(await drained(vhost, 'q'))), new Set(names));
});

test('a missing queue, an absent broker and a wrong user are each reported in one sentence with exit 1', async (t) => {
  const vhost = await testVhost(t);
  const missing = await dead(t, vhost, 'list', 'nobody');
  assert.deepEqual([missing.exit, missing.stdout], [FAILED, '']);
  assert.match(missing.stderr, /^cannot read "nobody\.dead": no such queue on virtual host "test-\w+"\n$/);
  for (const [url, said] of [
    ['amqp://guest:secret-word@127.0.0.1:1/', /^cannot connect to 127\.0\.0\.1:1: .*ECONNREFUSED/],
    [vhost.url.replace('guest:guest', 'guest:secret-word'), /refused user "guest"/],
  ] as const) {
    const command = await startDaemon(t, { url, args: ['dead', 'replay', 'q'] });
    assert.deepEqual(await command.exit(), FAILED);
    assert.match(command.stderr, said);
    assert.doesNotMatch(command.stderr, /secret-word/);
  }
});
