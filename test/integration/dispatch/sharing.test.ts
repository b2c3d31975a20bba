import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { waitFor } from '../../support/wait.js';

/** How a queue's messages are shared out: by a rate limit, by priority, and to a single active consumer. */

async function slow(t: TestContext, vhost: TestVhost, { queue = {}, entry = {} }: Shape): Promise<Daemon> {
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', ...queue }],
      consumers: [{ consumer: `${fixture('failing.mjs')}:Slow`, queue: 'q', ...entry }],
    },
    args: ['--threads', '1'],
  });
  await daemon.ready();
  return daemon;
}

interface Shape {
  readonly queue?: object;
  readonly entry?: object;
}

function begins(daemon: Daemon): JsonRecord[] {
  return daemon.records().filter(({ event }) => event === 'begin');
}

async function publish(vhost: TestVhost, count: number, ms = 0): Promise<void> {
  for (let id = 0; id < count; id++) await vhost.publish('q', { id, ms });
}

for (const type of ['classic', 'quorum']) {
  test(`a rate limit applies to all instances, and messages above it stay on the broker: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const entry = { consumer_count: 4, prefetch_count: 1000, rate_limit: '20/s' };
    const daemon = await slow(t, vhost, { queue: { x_queue_type: type }, entry });
    await publish(vhost, 60);
    await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length >= 10);
    // 4 instances, and one second of the rate.
    const depth = (await vhost.queueDepths()).get('q');
    assert.ok(depth !== undefined && depth.unacked <= 24, JSON.stringify(depth));
    await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 60);
    const times = begins(daemon).map(({ at }) => Number(at));
    // In no second do more than 20 begin, plus 2 saved ones.
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    assert.ok(busiest <= 23, `${busiest} began in one second`);
    const tookMs = Math.max(...times) - Math.min(...times);
    assert.ok(tookMs < 6_000, `${tookMs} ms for what takes 3 s`);
    assert.equal((await daemon.stop()).code, 0);
  });

  test(`a stop does not wait for the rate limit, and its messages go to others: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await slow(t, vhost, {
      queue: { x_queue_type: type },
      entry: { prefetch_count: 10, rate_limit: '1/m' },
    });
    await publish(vhost, 5);
    await daemon.waitForRecords((all) => all.some(({ event }) => event === 'end'));
    assert.equal((await daemon.stop()).code, 0);
    await waitFor(async () => (await vhost.messageCount('q')) === 4, { what: 'four messages in q' });
  });

  test(`the consumer with the higher x-priority gets all messages while it has room: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const queue = { x_queue_type: type };
    const low = await slow(t, vhost, { queue, entry: { prefetch_count: 5, arguments: { 'x-priority': 1 } } });
    const high = await slow(t, vhost, { queue, entry: { prefetch_count: 50, arguments: { 'x-priority': 10 } } });
    await publish(vhost, 30);
    await high.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 30);
    assert.deepEqual(begins(low), []);
    await high.stop();
    await publish(vhost, 3);
    await low.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 3);
  });

  test(`with a single active consumer, the second daemon takes over when the first stops: ${type} queue`, async (t) => {
    const vhost = await testVhost(t);
    const queue = { x_queue_type: type, arguments: { 'x-single-active-consumer': true } };
    const first = await slow(t, vhost, { queue, entry: { prefetch_count: 5 } });
    const second = await slow(t, vhost, { queue, entry: { prefetch_count: 5 } });
    await publish(vhost, 20);
    await first.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 20);
    assert.deepEqual(begins(second), []);
    await first.stop();
    await publish(vhost, 5);
    await second.waitForRecords((all) => all.filter(({ event }) => event === 'end').length === 5);
  });
}
