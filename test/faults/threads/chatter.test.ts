import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../support/daemon/fixture.js';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';

function isChatter({ msg }: { readonly msg?: unknown }): boolean {
  return msg === 'a line among very many';
}

test('back-pressure slows down a consumer that logs without a pause, and heartbeats and memory hold', async (t) => {
  const stage = await Stage.ready(t, {
    consumer: 'chatters.mjs:Chatters',
    entry: { options: { ms: 6_000 } },
    config: {
      queues: [{ queue: 'other' }],
      consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'other' }],
    },
    args: ['--threads', '2'],
    env: { RABBITMQ_HEARTBEAT: '1' },
    isDirect: true,
  });
  await stage.send('chatter');
  await stage.daemon.waitForRecords(() => stage.records('begin', 'chatter').length === 1);
  await stage.vhost.publish('other', 'quick');
  await stage.daemon.waitForRecords(() => stage.records('acked', 'quick').length === 1, PATIENCE_MS);
  assert.equal(stage.records('done', 'chatter').length, 0, 'the other queue waited for the chatter');
  await stage.done('chatter');
  const [{ lines } = { lines: 0 }] = stage.records('done', 'chatter');
  // Every line is written by now: with a backlog the log would still grow.
  await stage.daemon.waitForLine((line) => isChatter(line) && line.lines === Number(lines) - 1, PATIENCE_MS);
  assert.equal(stage.daemon.lines.filter(isChatter).length, lines);
  assert.deepEqual(stage.begins('chatter').length, 1);
  const lost = stage.daemon.lines.filter(({ msg }) => /lost/.test(String(msg)));
  assert.deepEqual(
    lost.map(({ msg }) => msg),
    [],
  );
  await stage.stops();
});
