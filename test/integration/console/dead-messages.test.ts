import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord, recordsOf } from '../../support/json-record.js';
import { bury, DeadConsole, declareDead, idsIn } from './dead-parts.js';

const idsOf = (rows: readonly Readonly<Record<string, unknown>>[]): string[] => rows.map(({ id }) => String(id));

for (const type of ['classic', 'quorum']) {
  test(`the console lists, filters, shows and replays what consumers let die: ${type} queue`, async (t) => {
    const dead = await DeadConsole.ready(t, { type });
    const { vhost, daemon } = dead;
    await vhost.publish(
      'q',
      { id: 'a', fails: 9 },
      { messageId: 'm-a', headers: { tenant: 'acme', 'x-api-key': 'geheim' } },
    );
    await vhost.publish('q', { id: 'b', fails: 9, how: 'reject' }, { messageId: 'm-b' });
    await vhost.publish('q', { id: 'c', fails: 9 }, { messageId: 'm-c' });
    await vhost.holds('q.dead', 3);
    assert.deepEqual((await dead.get('')).body, { queues: [{ queue: 'q.dead', messages: 3, problem: null }] });

    const { page, look, rows } = await dead.list();
    assert.deepEqual(
      [page['total'], page['looked'], page['matching'], page['more'], page['warning']],
      [3, 3, 3, false, null],
    );
    assert.deepEqual(idsOf(rows).toSorted(), ['m-a', 'm-b', 'm-c']);
    const row = rows.find(({ id }) => id === 'm-a');
    const { queue, consumer, error, cause, attempts, bytes, preview, diedAt } = row ?? {};
    assert.deepEqual(
      [queue, consumer, error, cause, attempts],
      ['q', 'Failing', 'TypeError E_TEST', 'attempt 1 of a', 1],
    );
    assert.deepEqual([bytes, preview], [20, '{"id":"a","fails":9}']);
    assert.ok(Date.now() - Date.parse(String(diedAt)) < 60_000, String(diedAt));
    assert.deepEqual(
      recordsOf(page['byError']).map(({ count }) => count),
      [1, 1, 1],
    );

    const filtered = await dead.list({ look, where: 'error-type=E_TEST', limit: '1' });
    assert.deepEqual([filtered.look, filtered.page['matching'], filtered.rows.length], [look, 2, 1]);
    assert.deepEqual(idsOf((await dead.list({ look, where: 'id=m-b' })).rows), ['m-b']);
    const byError = recordsOf(page['byError']).find((group) => String(group['error']).includes('attempt 1 of c'));
    assert.deepEqual(idsOf((await dead.list({ look, error: String(byError?.['error']) })).rows), ['m-c']);

    const { body: shown } = await dead.get('/message', { queue: 'q.dead', look, key: String(row?.['key']) });
    assert.match(String(shown['stack']), /TypeError: attempt 1 of a\n/);
    assert.deepEqual([shown['body'], shown['bodyEncoding']], ['{"id":"a","fails":9}', 'utf8']);
    const headers = isRecord(shown['headers']) ? shown['headers'] : {};
    assert.deepEqual([headers['tenant'], headers['x-api-key']], ['acme', '•••']);

    // One read, whatever was filtered and shown: it may have counted once.
    const again = await dead.list();
    const key = String(again.rows.find(({ id }) => id === 'm-b')?.['key']);
    const { body: seen } = await dead.get('/message', { queue: 'q.dead', look: again.look, key });
    const counted = isRecord(seen['headers']) ? Number(seen['headers']['x-delivery-count'] ?? 0) : Number.NaN;
    assert.ok(counted <= 1, `x-delivery-count is ${counted} after one read`);

    const replayed = await dead.post('replay', { queue: 'q.dead', keys: [String(row?.['key'])] });
    assert.deepEqual(replayed, { status: 200, body: { done: 1, kept: 0, gone: 0, problem: null } });
    const records = await daemon.waitForRecords((all) => all.filter(({ id }) => id === 'a').length === 2);
    assert.deepEqual(
      records.filter(({ id }) => id === 'a').map(({ attempt, own }) => [attempt, own]),
      [
        [1, { tenant: 'acme' }],
        [1, { tenant: 'acme' }],
      ],
    );
    const [action] = await dead.actions();
    assert.deepEqual(
      [action?.['by'], action?.['action'], action?.['queue'], action?.['outcome'], action?.['detail']],
      ['console (127.0.0.1)', 'dead replay q.dead', 'q.dead', 'ok', 'replayed 1 (1 chosen)'],
    );
    await daemon.waitForLine({ msg: /^operator action: dead replay q\.dead: replayed 1 \(1 chosen\) by console/ });
  });

  test(`a replay by error and a delete change exactly the messages of the list: ${type} queue`, async (t) => {
    const dead = await DeadConsole.ready(t, { type });
    const { vhost } = dead;
    await declareDead(dead, type);
    const types = await bury(vhost, 20, { prefix: 't' });
    const ranges = await bury(vhost, 10, { errorType: 'RangeError', prefix: 'r' });
    const { page, look, rows } = await dead.list({ limit: '5' });
    assert.deepEqual([page['matching'], page['more'], rows.length], [30, true, 5]);
    const [first] = recordsOf(page['byError']);
    assert.deepEqual(first, { error: 'TypeError: no smtp', count: 20 });
    // Died after the list: nobody has confirmed them.
    const late = await bury(vhost, 3, { prefix: 'late' });
    const { body } = await dead.post('replay', { queue: 'q.dead', look, where: [], error: 'TypeError: no smtp' });
    assert.deepEqual(body, { done: 20, kept: 0, gone: 0, problem: null });
    assert.deepEqual(await idsIn(vhost, 'parked'), types.toSorted());

    const stale = await dead.post('delete', { queue: 'q.dead', look, where: [] });
    assert.equal(stale.status, 409, 'the copy is older than the replay');
    const fresh = await dead.list();
    const chosen = fresh.rows.filter(({ id }) => id === 'r-1' || id === 'r-2').map(({ key }) => key);
    const deleted = await dead.post('delete', { queue: 'q.dead', keys: [...chosen, 'f'.repeat(64)] });
    assert.deepEqual(deleted.body, { done: 2, kept: 0, gone: 1, problem: null });
    const left = [...ranges, ...late].filter((id) => id !== 'r-1' && id !== 'r-2');
    await vhost.holds('q.dead', left.length);
    assert.deepEqual(await idsIn(vhost, 'q.dead'), left.toSorted());
    assert.deepEqual(await idsIn(vhost, 'parked'), []);
  });
}

test('the console keeps a message that no queue takes, and says why', async (t) => {
  const dead = await DeadConsole.ready(t, { type: 'classic' });
  await declareDead(dead, 'classic');
  await bury(dead.vhost, 2);
  await (await dead.vhost.channel()).deleteQueue('parked');
  const { rows } = await dead.list();
  const { body } = await dead.post('replay', { queue: 'q.dead', keys: rows.map(({ key }) => key) });
  assert.deepEqual([body['done'], body['kept'], body['gone']], [0, 2, 0]);
  assert.match(String(body['problem']), /no queue received the message/);
  await dead.vhost.holds('q.dead', 2);
});

test('the console cannot read or empty a queue that is not a dead-letter queue of its file', async (t) => {
  const dead = await DeadConsole.ready(t, { type: 'classic' });
  await declareDead(dead, 'classic');
  await bury(dead.vhost, 3);
  await (await dead.vhost.channel()).assertQueue('other.dead', {});
  await dead.vhost.publish('other.dead', 'x');
  for (const queue of ['q', 'parked', 'other.dead', '../q.dead']) {
    assert.equal((await dead.get('/messages', { queue })).status, 404, queue);
    assert.equal((await dead.get('/message', { queue, key: 'a'.repeat(64) })).status, 404, queue);
    for (const action of ['replay', 'delete'] as const) {
      assert.equal((await dead.post(action, { queue, keys: ['a'.repeat(64)] })).status, 404, `${action} ${queue}`);
    }
  }
  await dead.vhost.holds('other.dead', 1);
  await dead.vhost.holds('q.dead', 3);
});

test('the console shows hostile messages as text, cut, and without their secrets', async (t) => {
  const dead = await DeadConsole.ready(t, { type: 'classic' });
  await declareDead(dead, 'classic');
  const html = '<img src=x onerror=alert(1)>\u202e';
  const headers = {
    'x-amqp-dispatcher-cause': html.repeat(100),
    'x-amqp-dispatcher-error-type': html,
    'x-amqp-dispatcher-attempts': html,
    'x-amqp-dispatcher-died-at': html,
    'x-amqp-dispatcher-validation-errors': 7,
    Authorization: 'Bearer geheim',
    nested: { Cookie: 'geheim', list: [{ client_secret: 'geheim' }] },
    __proto__x: html,
  };
  await dead.vhost.publish('q.dead', Buffer.alloc(300_000, 0xff), { messageId: html, headers });
  await dead.vhost.publish('q.dead', 'é'.repeat(100_000), { messageId: 'long' });
  const { page, look, rows } = await dead.list();
  assert.ok(JSON.stringify(page).length < 10_000);
  const shown = await Promise.all(
    rows.map(async ({ key }) => (await dead.get('/message', { queue: 'q.dead', look, key: String(key) })).body),
  );
  const [hostile, long] = [html, 'long'].map((id) => shown.find((each) => each['id'] === id));
  assert.deepEqual([hostile?.['bodyEncoding'], hostile?.['shownBytes'], hostile?.['bytes']], ['hex', 32_768, 300_000]);
  assert.equal(hostile?.['body'], 'ff'.repeat(32_768));
  assert.equal(hostile?.['error'], html);
  assert.ok(!JSON.stringify(hostile).includes('geheim'), JSON.stringify(hostile?.['headers']));
  assert.deepEqual([long?.['body'], long?.['shownBytes']], ['é'.repeat(32_768), 65_536]);
});
