import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

const consumers = fixture('consumers.mjs');
const startup = fixture('startup.mjs');
const CLEAN = { code: 0, signal: null };
const FORCED = { code: 1, signal: null };

async function silent(t: TestContext, args: string[]): Promise<[Daemon, Awaited<ReturnType<typeof testVhost>>]> {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${consumers}:Silent`, queue: 'q', consumer_count: 2, prefetch_count: 10 }],
    },
    args: ['--threads', '2', ...args],
  });
  await daemon.ready();
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => vhost.publish('q', id)));
  await daemon.waitForRecords((records) => records.length === 2);
  return [daemon, vhost];
}

test('SIGTERM under load exits with 0, and no message is lost or consumed twice', async (t) => {
  const vhost = await testVhost(t);
  const queues = ['one', 'two', 'three'];
  const channel = await vhost.channel();
  const total = 4000;
  for (const queue of queues) {
    await channel.assertQueue(queue);
    for (let id = 0; id < total; id++) channel.publish('', queue, Buffer.from(String(id)));
  }
  await channel.waitForConfirms();
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: queues.map((queue) => ({ queue })),
      consumers: queues.map((queue, index) => ({
        consumer: `${consumers}:Mixed`,
        queue,
        consumer_count: index + 1,
        prefetch_count: 100,
      })),
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await daemon.waitForRecords((records) => records.length > 1000);
  assert.deepEqual(await daemon.stop(), CLEAN);

  const done = daemon.records().filter(({ event }) => event === 'done');
  const begun = daemon.records().filter(({ event }) => event === 'begin');
  let left = 0;
  for (const queue of queues) {
    const doneHere = new Set<string>();
    for (const id of begun.filter((record) => record.queue === queue).map((record) => String(record.id)))
      doneHere.add(id);
    const remaining = (await vhost.takeAll(queue)).map(({ content }) => content.toString());
    left += remaining.length;
    assert.equal(new Set(remaining).size, remaining.length, 'a message is on its queue twice');
    for (let id = 0; id < total; id++) {
      assert.ok(doneHere.has(String(id)) || remaining.includes(String(id)), `message ${id} of ${queue} is lost`);
    }
    // A message that failed the first time may have begun and be back; all others are in exactly one place.
    const inBoth = remaining.filter((id) => doneHere.has(id) && Number(id) % 13 !== 0);
    assert.deepEqual(inBoth, []);
  }
  assert.equal(done.length + left, queues.length * total, 'every message ended once');
  assert.ok(left > 0, 'the stop came under load');
  const stopped = daemon.records().filter(({ event, error }) => event === 'shutdown' && error === null);
  assert.equal(stopped.length, 6, 'every instance was shut down');
});

test('a stop waits for running consumers, flushes their answers and shuts down every instance', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [
        { consumer: `${consumers}:Spins`, queue: 'q', consumer_count: 2, prefetch_count: 10, options: { ms: 1500 } },
      ],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => vhost.publish('q', id)));
  await daemon.waitForRecords((records) => records.filter(({ event }) => event === 'begin').length === 2);
  assert.deepEqual(await daemon.stop(), CLEAN);
  const events = daemon.records().map(({ event }) => event);
  assert.equal(events.filter((event) => event === 'begin').length, 2);
  assert.equal(events.filter((event) => event === 'acked').length, 2);
  assert.equal(events.filter((event) => event === 'shutdown').length, 2);
  assert.equal(await vhost.messageCount('q'), 4);
});

test('the shutdown timeout aborts signals, terminates threads, requeues running messages and exits with 1', async (t) => {
  const [daemon, vhost] = await silent(t, ['--shutdown-timeout', '300ms']);
  assert.deepEqual(await daemon.stop(), FORCED);
  const aborted = daemon.records().filter(({ event }) => event === 'aborted');
  assert.deepEqual(
    aborted.map(({ code }) => code),
    ['DELIVERY_STOPPED', 'DELIVERY_STOPPED'],
  );
  await waitFor(async () => (await vhost.messageCount('q')) === 5, { what: 'all five messages to be back' });
});

test('a second signal ends the daemon at once', async (t) => {
  const [daemon, vhost] = await silent(t, ['--shutdown-timeout', '10m']);
  daemon.signal('SIGTERM');
  await daemon.waitForLine({ msg: /^stopping$/ });
  daemon.signal('SIGINT');
  assert.deepEqual(await daemon.exit(), FORCED);
  await waitFor(async () => (await vhost.messageCount('q')) === 5, { what: 'all five messages to be back' });
});

test('an endless loop is terminated at the deadline, and its message is requeued', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q' }],
      consumers: [{ consumer: `${consumers}:Spins`, queue: 'q', options: { ms: 600_000 } }],
    },
    args: ['--shutdown-timeout', '300ms'],
  });
  await daemon.ready();
  await vhost.publish('q', 'loop');
  await daemon.waitForRecords((records) => records.length === 1);
  assert.deepEqual(await daemon.stop(), FORCED);
  await waitFor(async () => (await vhost.messageCount('q')) === 1, { what: 'the message to be back' });
});

for (const handler of ['hangs', 'loops']) {
  test(`SIGTERM while a startup handler ${handler} exits at once with 0`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        startup_handler: `${startup}:${handler}`,
        queues: [{ queue: 'q' }],
        consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }],
      },
      args: ['--log-level', 'debug'],
    });
    await daemon.waitForLine({ msg: /^starting/ });
    assert.deepEqual(await daemon.stop(), CLEAN);
  });
}

test('SIGTERM while the broker is away, or accepts TCP and never answers, exits with 0', async (t) => {
  const mute = createServer(() => undefined);
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const address = mute.address();
  assert.ok(address !== null && typeof address === 'object');
  const config = { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] };

  const hanging = await startDaemon(t, { url: `amqp://guest:guest@127.0.0.1:${address.port}/`, config });
  await new Promise((resolve) => mute.once('connection', resolve));
  assert.deepEqual(await hanging.stop(), CLEAN);

  const refused = await startDaemon(t, { url: 'amqp://guest:secret-word@127.0.0.1:1/', config });
  await refused.waitForLine({ msg: /^cannot connect to 127.0.0.1:1: / });
  await refused.waitForLine({ msg: /^reconnecting in/ });
  assert.deepEqual(await refused.stop(), CLEAN);
  assert.doesNotMatch(refused.stdout + refused.stderr, /secret-word/);
});

test('SIGTERM during a reconnect exits with 0', async (t) => {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
  t.after(() => proxy.close());
  const daemon = await startDaemon(t, {
    url: proxy.through(vhost.url),
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] },
  });
  await daemon.ready();
  proxy.refuse();
  proxy.cut();
  await daemon.waitForLine({ msg: /^connection lost/ });
  assert.deepEqual(await daemon.stop(), CLEAN);
});

test('a broker that stops answering does not delay a stop beyond its deadline', async (t) => {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
  t.after(() => proxy.close());
  const daemon = await startDaemon(t, {
    url: proxy.through(vhost.url),
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] },
    args: ['--shutdown-timeout', '300ms'],
  });
  await daemon.ready();
  proxy.blackhole();
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.exit(10_000), FORCED);
});

test('a stop requeues messages without a counted delivery, even with a delivery limit of 1', async (t) => {
  const vhost = await testVhost(t);
  const queue = { queue: 'q', x_queue_type: 'quorum', arguments: { 'x-delivery-limit': 1 } };
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [queue],
      consumers: [{ consumer: `${consumers}:Spins`, queue: 'q', prefetch_count: 50, options: { ms: 1000 } }],
    },
  });
  await daemon.ready();
  await Promise.all(Array.from({ length: 50 }, (_, id) => vhost.publish('q', String(id))));
  await daemon.waitForRecords((records) => records.length === 1);
  assert.deepEqual(await daemon.stop(), CLEAN);
  assert.equal(await vhost.messageCount('q'), 49);
});

test('SIGTERM during a resubscription, with a message running, requeues without a counted delivery', async (t) => {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ host: vhost.host, port: vhost.port });
  t.after(() => proxy.close());
  const daemon = await startDaemon(t, {
    url: proxy.through(vhost.url),
    config: {
      queues: [{ queue: 'heavy' }, { queue: 'q', x_queue_type: 'quorum', arguments: { 'x-delivery-limit': 1 } }],
      consumers: [
        { consumer: `${consumers}:Spins`, queue: 'heavy', options: { ms: 8000 } },
        { consumer: `${consumers}:Acks`, queue: 'q', prefetch_count: 20 },
      ],
    },
    args: ['--threads', '2'],
  });
  await daemon.ready();
  await vhost.publish('heavy', 'heavy');
  await daemon.waitForRecords((records) => records.length === 1);
  proxy.delay(100);
  proxy.cut();
  await waitFor(async () => (await vhost.consumerCount('q')) === 0, { what: 'the subscription to be gone' });
  await Promise.all(Array.from({ length: 20 }, (_, id) => vhost.publish('q', String(id))));
  // The broker lists the consumer before its reply and its messages have reached the daemon.
  await waitFor(async () => (await vhost.consumerCount('q')) === 1, { what: 'the broker to have the consumer again' });
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.exit(), CLEAN);
  assert.equal(daemon.records().filter(({ event, id }) => event === 'begin' && id !== 'heavy').length, 0);
  await waitFor(async () => (await vhost.messageCount('q')) === 20, { what: 'all messages to be back' });
});

test('SIGTERM before the program has loaded exits with 0', async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${consumers}:Acks`, queue: 'q' }] },
    env: { NODE_OPTIONS: `--import ${fixture('signal-when-heard.mjs')}` },
  });
  assert.deepEqual(await daemon.exit(), CLEAN);
  const [heard] = daemon.records();
  assert.deepEqual([heard?.event, heard?.isLoaded], ['heard', false]);
  assert.ok(!daemon.lines.some(({ msg }) => msg === 'ready'));
});
