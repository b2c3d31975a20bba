import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { GetMessage } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('returning.mjs')}:Returning`;
/** Low, so that a test needs few returns. */
const LIMIT = 4;

interface Options {
  /** What the consumer does with every delivery. */
  readonly how: string;
  /** Undefined: the queue has no limit argument. */
  readonly limit?: number;
  readonly queue?: object;
  readonly entry?: object;
}

async function start(t: TestContext, vhost: TestVhost, { how, limit, queue, entry }: Options): Promise<Daemon> {
  const args = limit === undefined ? {} : { 'x-delivery-limit': limit };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      connection: { reconnect_delay: '50ms' },
      queues: [{ queue: 'q', x_queue_type: 'quorum', arguments: args, ...queue }],
      consumers: [{ consumer, queue: 'q', options: { how }, ...entry }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  return daemon;
}

function begins(daemon: Daemon): number {
  return daemon.records().filter(({ event }) => event === 'begin').length;
}

async function untilBegun(daemon: Daemon, count: number): Promise<void> {
  await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length >= count, 60_000);
}

async function take(vhost: TestVhost, queue: string): Promise<GetMessage> {
  const isThere = async (): Promise<boolean> => (await vhost.messageCount(queue).catch(() => 0)) === 1;
  await waitFor(isThere, { timeoutMs: 60_000, what: `a message in ${queue}` });
  const message = await (await vhost.channel()).get(queue, { noAck: true });
  assert.ok(message !== false);
  return message;
}

const endless = [
  { what: 'always thrown', how: 'throw', cause: 'never any good' },
  { what: 'always rejected with requeue', how: 'reject', cause: /answered reject\(\{ requeue: true \}\)/ },
  { what: 'always ending its thread, with max_deaths 0', how: 'exit', cause: /exit/, entry: { max_deaths: 0 } },
] as const;
for (const { what, how, cause, ...rest } of endless) {
  test(`a quorum queue's message that is ${what} goes to QUEUE.dead before the broker drops it`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await start(t, vhost, { how, limit: LIMIT, ...rest });
    await vhost.publish('q', 'x', { headers: { own: 1 }, messageId: 'm-1' });
    const { properties, content } = await take(vhost, 'q.dead');
    const headers = properties.headers ?? {};
    assert.equal(content.toString(), 'x');
    assert.equal(headers['own'], 1);
    assert.equal(properties.messageId, 'm-1');
    assert.equal(headers['x-amqp-dispatcher-reason'], 'delivery-limit');
    assert.match(String(headers['x-amqp-dispatcher-cause']), new RegExp(cause));
    assert.deepEqual(
      [headers['x-amqp-dispatcher-attempts'], headers['x-amqp-dispatcher-returns'], begins(daemon)],
      [LIMIT + 1, LIMIT, LIMIT + 1],
    );
    const line = await daemon.waitForLine({
      msg: /^put into "q\.dead": it was delivered 5 times, the delivery limit of its queue/,
    });
    assert.deepEqual([line['code'], line['reason']], ['MESSAGE_DEAD', 'delivery-limit']);
    await daemon.waitForLine({ msg: /^replaced by a copy: returned 3 times, its queue allows 4$/ });
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(await vhost.messageCount('q'), 0);
  });
}

for (const type of ['classic', 'quorum']) {
  test(`a message whose consumer always throws survives the broker's default limit: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await start(t, vhost, { how: 'throw', queue: { x_queue_type: type } });
    await vhost.publish('q', 'x');
    if (type === 'quorum' && (await vhost.broker.behaves('a delivery limit of 20'))) {
      const { properties } = await take(vhost, 'q.dead');
      assert.equal(properties.headers?.['x-amqp-dispatcher-attempts'], 21);
      assert.equal(begins(daemon), 21);
    } else {
      await untilBegun(daemon, 25);
      await daemon.stop();
      assert.equal(await vhost.messageCount('q'), 1);
    }
  });

  test(`a message that is always nacked is redelivered without end if nacks do not count: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const limit = type === 'quorum' ? { limit: LIMIT } : {};
    const daemon = await start(t, vhost, { how: 'nack', queue: { x_queue_type: type }, ...limit });
    await vhost.publish('q', 'x');
    if (type === 'quorum' && !(await vhost.broker.behaves('a nack is no return'))) {
      const { properties } = await take(vhost, 'q.dead');
      assert.equal(properties.headers?.['x-amqp-dispatcher-reason'], 'delivery-limit');
    } else {
      await untilBegun(daemon, 2 * LIMIT + 2);
      await daemon.stop();
      assert.equal(await vhost.messageCount('q'), 1);
    }
  });
}

test('a message that its queue never takes back is dead after its first failure, and released as a copy', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await start(t, vhost, { how: 'throw', limit: 0 });
  await vhost.publish('q', 'x');
  const { properties } = await take(vhost, 'q.dead');
  assert.deepEqual([properties.headers?.['x-amqp-dispatcher-attempts'], begins(daemon)], [1, 1]);
  await daemon.stop();

  const hanging = await start(t, vhost, { how: 'hang', limit: 0, entry: { prefetch_count: 10 } });
  for (const id of ['a', 'b', 'c']) await vhost.publish('q', id);
  await untilBegun(hanging, 1);
  const isTaken = async (): Promise<boolean> => (await vhost.messageCount('q')) === 0;
  await waitFor(isTaken, { what: 'the daemon to hold all three' });
  hanging.signal('SIGTERM');
  // The two that had not begun; the third one hangs.
  await waitFor(async () => (await vhost.messageCount('q')) === 2, { what: 'two released messages' });
});
