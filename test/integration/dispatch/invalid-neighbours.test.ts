import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetMessage } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { attemptsOf, batching, eventsOf, idsOf, publish, untilDepth } from '../../support/daemon/batch-stage.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

/** Messages that are done while another message of their thread runs on, or ends the thread. */

const RETRY = { attempts: 4, delay: '100ms', backoff: 'fixed', jitter: 0 };
const JSON_ONLY = { json: {} };

async function dead(vhost: TestVhost): Promise<GetMessage> {
  await untilDepth(vhost, 'q.dead', 1);
  const message = await (await vhost.channel()).get('q.dead', { noAck: true });
  assert.ok(message !== false);
  return message;
}

function recordIn({ properties }: GetMessage, ...names: readonly string[]): unknown[] {
  return names.map((name) => properties.headers?.[`x-amqp-dispatcher-${name}`]);
}

test('a batch that loops is ended at the hard timeout, also if its last message was invalid', async (t) => {
  const entry = { retry: RETRY, timeout: { hard: '600ms' }, decode: JSON_ONLY };
  const [daemon, vhost] = await batching(t, { type: 'classic', batch: { size: 3, wait: '5s' }, entry });
  await publish(vhost, 2, { 1: { how: 'spin' } });
  await vhost.publish('q', 'no JSON');
  await daemon.waitForLine({ msg: /worker thread 0 died: consume of Batching outlasted timeout\.hard/ });
  assert.deepEqual(recordIn(await dead(vhost), 'reason', 'attempts', 'deaths'), ['invalid', 0, undefined]);
  await untilDepth(vhost, 'q', 0);
  for (const id of [1, 2])
    assert.deepEqual(
      attemptsOf(daemon, id).map(([attempt]) => attempt),
      [1, 2],
    );
});

test('an invalid message is not blamed for the death of the thread that ran its batch', async (t) => {
  const entry = { retry: RETRY, decode: JSON_ONLY };
  const [daemon, vhost] = await batching(t, { type: 'classic', batch: { size: 3, wait: '5s' }, entry });
  await vhost.publish('q', 'no JSON');
  await publish(vhost, 2, { 1: { how: 'die' } });
  await daemon.waitForLine({ msg: /worker thread 0 died/ });
  assert.deepEqual(recordIn(await dead(vhost), 'reason', 'attempts', 'deaths'), ['invalid', 0, undefined]);
  await untilDepth(vhost, 'q', 0);
});

test('an endless schema is blamed on the batch being checked, not on a waiting one', async (t) => {
  const vhost = await testVhost(t);
  const schema = { properties: { text: { type: 'string', pattern: '^(a+)+$' } } };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    files: { 'text.json': JSON.stringify(schema) },
    config: {
      queues: [{ queue: 'q' }],
      consumers: [
        {
          consumer: `${fixture('batches.mjs')}:Batching`,
          queue: 'q',
          consumer_count: 2,
          batch: { size: 1, wait: '1ms' },
          retry: { ...RETRY, attempts: 1 },
          timeout: { hard: '1s' },
          decode: { json: { schema: './text.json' } },
          options: { ms: 700 },
        },
      ],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  await vhost.publish('q', { id: 1 });
  await daemon.waitForRecords((all) => eventsOf(all, 'batch').length > 0);
  await vhost.publish('q', { id: 2, text: `${'a'.repeat(60)}!` });
  const buried = await dead(vhost);
  assert.equal(JSON.parse(buried.content.toString()).id, 2);
  await daemon.waitForRecords((all) => eventsOf(all, 'end').flatMap(idsOf).includes(1));
  await untilDepth(vhost, 'q', 0);
  assert.equal(await vhost.messageCount('q.dead'), 0);
});

test('a message that its consumer rejected is not blamed when the next one ends the thread', async (t) => {
  const vhost = await testVhost(t);
  const channel = await vhost.channel();
  await channel.assertQueue('q', { durable: true });
  // Both are queued before the consumer starts, so the second begins in the turn in which the first ended.
  await vhost.publish('q', { id: 1, fails: 9, how: 'reject' });
  await vhost.publish('q', { id: 2, fails: 1, how: 'die' });
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${fixture('failing.mjs')}:Failing`, queue: 'q', prefetch_count: 10, retry: RETRY }],
    },
    args: ['--threads', '1'],
  });
  await daemon.waitForLine({ msg: /worker thread 0 died/ });
  const buried = await dead(vhost);
  assert.equal(JSON.parse(buried.content.toString()).id, 1);
  assert.deepEqual(recordIn(buried, 'reason', 'attempts', 'deaths'), ['rejected', 1, undefined]);
  await untilDepth(vhost, 'q', 0);
});
