import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testBroker } from '../../support/broker/test-broker.js';
import { TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { isRecord, type JsonRecord } from '../../support/json-record.js';

const consumer = `${fixture('failing.mjs')}:Failing`;
const BACK_TO_Q = { 'x-message-ttl': 1_000, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q' };
const DECLARED = {
  classic: { ...BACK_TO_Q, 'x-queue-type': 'classic', 'x-expires': 122_000 },
  quorum: {
    ...BACK_TO_Q,
    'x-queue-type': 'quorum',
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  },
} as const;

/** A queue as the broker lists it. */
async function queueOf({ broker, vhost }: TestVhost, name: string): Promise<JsonRecord> {
  const found = await broker.management.get(`/api/queues/${vhost}/${name}`);
  assert.ok(isRecord(found));
  return found;
}

/** A virtual host whose default queue type is quorum. */
async function quorumVhost(t: TestContext): Promise<TestVhost> {
  const vhost = new TestVhost(await testBroker(), `test-quorum-${process.pid}`);
  await vhost.broker.ctl('add_vhost', vhost.vhost, '--default-queue-type', 'quorum');
  t.after(() => vhost.delete());
  await vhost.ctl('set_permissions', 'guest', '.*', '.*', '.*');
  return vhost;
}

/** The queue `q` and its delay queue, after a message has failed and was retried. */
async function retried(
  t: TestContext,
  vhost: TestVhost,
  queue: object = {},
): Promise<[own: JsonRecord, delay: JsonRecord]> {
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', ...queue }],
      consumers: [{ consumer, queue: 'q', retry: { attempts: 2, delay: '1s', jitter: 0 } }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  await vhost.publish('q', { id: 'x', fails: 1 });
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2);
  return [await queueOf(vhost, 'q'), await queueOf(vhost, 'q.retry.1000')];
}

for (const type of ['classic', 'quorum'] as const) {
  test(`a delay queue is as durable as its queue and returns its messages: ${type} queue`, async (t) => {
    const [own, delay] = await retried(t, await testVhost(t), { x_queue_type: type });
    assert.deepEqual([own['type'], delay['type']], [type, type]);
    assert.deepEqual(delay['arguments'], DECLARED[type]);
    const { durable, exclusive, auto_delete: autoDelete } = delay;
    assert.deepEqual({ durable, exclusive, autoDelete }, { durable: true, exclusive: false, autoDelete: false });
  });
}

test('an auto-delete delay queue takes no message along, whatever the default queue type', async (t) => {
  const [own, delay] = await retried(t, await quorumVhost(t));
  assert.deepEqual([own['type'], delay['type']], ['quorum', 'classic']);
  assert.deepEqual(delay['arguments'], DECLARED.classic);
});
