import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { findHeaders, splitFieldTable } from '../../../src/amqp/index.js';
import { headersOnly, RawClient } from '../../support/amqp/raw-client.js';
import { type PrivateBroker, startPrivateBroker } from '../../support/broker/private-broker.js';
import { TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN } from '../../support/daemon/stage.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('failing.mjs')}:Failing`;
const LIMIT = 100_000;

interface Entry {
  readonly queue: string;
  readonly attempts: number;
}

async function failing(t: TestContext, vhost: TestVhost, entries: readonly Entry[]): Promise<Daemon> {
  const config = {
    queues: entries.map(({ queue }) => ({ queue })),
    consumers: entries.map(({ queue, attempts }) => {
      return { consumer, queue, prefetch_count: 5, retry: { attempts, delay: '1ms' } };
    }),
  };
  const daemon = await startDaemon(t, { url: vhost.url, config, args: ['--threads', '1'] });
  await daemon.ready();
  return daemon;
}

/** Sets the limit at run time: RabbitMQ 3 reads the setting for each channel, RabbitMQ 4 stores it elsewhere. */
async function lowerLimit(broker: PrivateBroker): Promise<void> {
  await broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${LIMIT}).`);
  await broker.ctl('eval', `persistent_term:put(max_message_size, ${LIMIT}).`);
}

const begins = (daemon: Daemon, id: string): number =>
  daemon.records().filter((record) => record['event'] === 'begin' && record['id'] === id).length;

test('a message above a size limit that was lowered later cannot be copied, and is kept', async (t) => {
  const broker = await startPrivateBroker();
  const vhost = new TestVhost(broker, 'v');
  t.after(async () => {
    await vhost.delete();
    await broker.stop();
  });
  await broker.createVhost('v');
  const channel = await vhost.channel();
  // The first needs a copy for its retry, the second one for the dead queue.
  const entries = [
    { queue: 'retried', attempts: 2 },
    { queue: 'exhausted', attempts: 1 },
  ];
  for (const { queue } of entries) {
    await channel.assertQueue(queue, { durable: true });
    await vhost.publish(queue, { id: `large ${queue}`, fails: 9, filling: 'x'.repeat(3 * LIMIT) });
  }
  await lowerLimit(broker);
  const daemon = await failing(t, vhost, entries);
  const why = `has \\d+ bytes, and the broker's max_message_size is ${LIMIT} `;
  for (const { queue } of entries) {
    const line = await daemon.waitForLine(
      ({ msg, queue: of }) => of === queue && String(msg).startsWith('cannot copy a failed message'),
    );
    assert.match(
      String(line['msg']),
      new RegExp(`cannot copy a failed message: .*${why}.*; requeuing it unchanged in 300000 ms`),
    );
    // The others are handled; this one is neither sent nor run again.
    const others = ['one', 'two', 'three'].map((id) => `${id} ${queue}`);
    for (const id of others) await vhost.publish(queue, { id });
    await waitFor(() => others.every((id) => begins(daemon, id) === 1), { what: 'the others' });
    assert.equal(begins(daemon, `large ${queue}`), 1);
  }
  assert.equal(
    daemon.lines.filter(({ msg }) => String(msg).includes('cannot copy a failed message')).length,
    entries.length,
  );
  assert.deepEqual(await daemon.stop(), CLEAN);
  for (const { queue } of entries) {
    assert.equal(await vhost.messageCount(queue), 1);
    const message = await (await vhost.channel()).get(queue, { noAck: true });
    assert.ok(message !== false && message.content.length > 3 * LIMIT);
  }
});

test('a message whose headers nearly fill a frame is retried and dead with a shortened record', async (t) => {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('q', { durable: true });
  const raw = await RawClient.open(vhost);
  t.after(() => raw.close());
  const own = Buffer.alloc(130_000, 'x');
  own.write('\x01hS', 'latin1');
  own.writeUInt32BE(own.length - 7, 3);
  await raw.publish({ routingKey: 'q', properties: headersOnly(own), body: JSON.stringify({ id: 'a', fails: 9 }) });
  const daemon = await failing(t, vhost, [{ queue: 'q', attempts: 2 }]);
  await daemon.waitForLine({ msg: /put into "q\.dead"/ });
  assert.equal(begins(daemon, 'a'), 2);
  const list = await waitFor(() => raw.get('q.dead'), { what: 'the message in q.dead' });
  const headers = splitFieldTable(findHeaders(list) ?? Buffer.alloc(0));
  assert.ok(headers.some(({ bytes }) => Buffer.compare(bytes, own) === 0));
  assert.ok(headers.some(({ name }) => name === 'x-amqp-dispatcher-cause'));
  assert.ok(!headers.some(({ name }) => name === 'x-amqp-dispatcher-stack'));
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a broker with small frames causes a warning, or a refusal that the log explains', async (t) => {
  const broker = await startPrivateBroker({ config: 'frame_max = 4096' });
  t.after(() => broker.stop());
  const config = { queues: [{ queue: 'q' }], consumers: [{ consumer, queue: 'q', retry: { attempts: 1 } }] };
  const daemon = await startDaemon(t, { url: broker.url(), config, args: ['--threads', '1'] });
  const why = /the broker's frame_max is 4096[:,] .*RabbitMQ 4\.1 and later require at least 8192/;
  await daemon.waitForLine({ msg: why });
  if (!(await broker.behaves('no frames below 8 KiB'))) {
    await daemon.ready();
    const raw = await RawClient.open({ host: broker.host, port: broker.port, vhost: '/' });
    t.after(() => raw.close());
    const body = JSON.stringify({ id: 'a', fails: 9, filling: 'x'.repeat(50_000) });
    await raw.publish({ routingKey: 'q', properties: Buffer.alloc(2), body });
    await daemon.waitForLine({ msg: /put into "q\.dead"/ });
  }
  assert.deepEqual(await daemon.stop(), CLEAN);
});
