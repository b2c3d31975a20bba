import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askControl } from '../../support/daemon/ctl.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import { isRecord, type JsonRecord } from '../../support/json-record.js';

const ANSWER_MS = 1_000;

test('every verb works while all threads are in an endless loop, and abort --hard ends one of them', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'failing.mjs:Slow',
    entry: { name: 'Loops', consumer_count: 2, prefetch_count: 2 },
    config: { control: { socket: './own.sock' } },
    args: ['--threads', '2'],
  });
  const { daemon, vhost } = stage;
  const path = join(daemon.folder, 'own.sock');
  const running = async (): Promise<JsonRecord[]> => {
    const messages = await askControl(path, 'running');
    return Array.isArray(messages) ? messages.filter(isRecord) : [];
  };
  for (const id of ['a', 'b']) await vhost.publish('q', { id, how: 'loops' }, { messageId: id });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2, PATIENCE_MS);
  const askedAt = performance.now();
  const status = await askControl(path, 'status');
  const tookMs = performance.now() - askedAt;
  assert.ok(tookMs < ANSWER_MS, `status took ${tookMs} ms`);
  assert.ok(isRecord(status) && status['phase'] === 'running');
  for (const [verb, args, state] of [
    ['pause', { entry: 'Loops' }, 'paused'],
    ['resume', { entry: 'Loops' }, 'resumed'],
    ['quiet', {}, 'paused'],
    ['resume', { all: true }, 'resumed'],
  ] as const) {
    const result = await askControl(path, verb, args);
    const outcomes = (Array.isArray(result) ? result : [result]).filter(isRecord);
    assert.deepEqual(
      outcomes.map((each) => [each['state'], each['changed']]),
      [[state, true]],
      verb,
    );
  }
  for (const [key, value] of [
    ['prefetch', '5'],
    ['rate', '50/s'],
    ['log-level', 'debug'],
  ])
    await askControl(path, 'set', { entry: 'Loops', key, value });
  const [first, second] = await running();
  await askControl(path, 'abort', { id: first?.['id'], hard: false });
  assert.equal((await running()).length, 2, 'a loop does not notice its signal');
  await askControl(path, 'abort', { id: first?.['id'], hard: true });
  await daemon.waitForLine({ msg: /^worker thread \d is ready again/ }, PATIENCE_MS);
  // The other thread noticed nothing: the same message runs on, begun once.
  const left = (await running()).filter(({ id }) => id === second?.['id']);
  assert.deepEqual(
    left.map(({ messageId, thread }) => [messageId, thread]),
    [[second?.['messageId'], second?.['thread']]],
  );
  assert.equal(stage.records('begin', String(second?.['messageId'])).length, 1);
  assert.notEqual(first?.['thread'], second?.['thread']);
});
