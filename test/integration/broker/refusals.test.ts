import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUser } from '../../support/broker/broker-user.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { cutUntilLeftOut, leftOut } from '../../support/daemon/left-out.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';

const consumer = `${fixture('consumers.mjs')}:Acks`;
/** Short waits between attempts. */
const waiting = {
  connection: { reconnect_delay_max: '1s' },
  queues: [{ queue: 'q' }],
  consumers: [{ consumer, queue: 'q' }],
};
const FAILED = { code: 1, signal: null };

function count(daemon: Daemon, pattern: RegExp): number {
  return daemon.lines.filter(({ msg }) => pattern.test(String(msg))).length;
}

async function acks(daemon: Daemon, id: string): Promise<void> {
  await daemon.waitForRecords((records) => records.some((record) => record.event === 'acked' && record.id === id));
}

for (const { what, exchanges = [], queue = {}, entry = {}, message } of [
  {
    what: 'an exchange of a type that the broker does not know',
    exchanges: [{ exchange: 'delayed', type: 'x-unheard-of' }],
    message: /:\d+:\d+ {2}exchanges\[0\]: .*(?:exchange "delayed".*unknown exchange type|invalid exchange type)/,
  },
  {
    what: 'an exchange whose name is reserved',
    exchanges: [{ exchange: 'amq.mine', type: 'direct' }],
    message: /:\d+:\d+ {2}exchanges\[0\]: exchange "amq\.mine" could not be declared: ACCESS_REFUSED.*reserved prefix/,
  },
  {
    what: 'a stream whose max-age cannot be read',
    queue: { x_queue_type: 'stream', arguments: { 'x-max-age': 'lots' } },
    entry: { arguments: { 'x-stream-offset': 'first' } },
    message: /:\d+:\d+ {2}queues\[1\]: .*queue "q".*(?:INTERNAL_ERROR|invalid_max_age)/,
  },
  {
    what: 'a consumer whose x-priority is no number',
    entry: { arguments: { 'x-priority': 'high' } },
    message:
      /:\d+:\d+ {2}consumers\[1\]: cannot consume from queue "q": PRECONDITION_FAILED - invalid arg 'x-priority'/,
  },
  {
    what: 'a consumer whose x-stream-offset is for a stream, and its queue is none',
    entry: { arguments: { 'x-stream-offset': 'first' } },
    message:
      /:\d+:\d+ {2}consumers\[1\]: cannot consume from queue "q": PRECONDITION_FAILED - invalid arg 'x-stream-offset'/,
  },
]) {
  test(`${what} ends the first start with 1, and names the entry and the broker's reason`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        exchanges,
        queues: [{ queue: 'innocent' }, { queue: 'q', ...queue }],
        consumers: [
          { consumer, queue: 'innocent' },
          { consumer, queue: 'q', ...entry },
        ],
      },
    });
    assert.deepEqual(await daemon.exit(), FAILED);
    assert.match(String(daemon.lines.at(-1)?.msg), message);
    // At most twice: once with others, once alone.
    assert.ok(count(daemon, /^connection lost/) <= 2);
  });
}

test('an entry beyond the channel limit waits for a channel, and the others are consumed', async (t) => {
  const vhost = await testVhost(t);
  const user = await BrokerUser.create(t, vhost, { 'max-channels': 2 });
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const names = ['a', 'b', 'c'];
  const daemon = await startDaemon(t, {
    url: user.through(proxy.through(vhost.url)),
    config: {
      connection: { reconnect_delay_max: '1s' },
      queues: names.map((queue) => ({ queue })),
      consumers: names.map((queue) => ({ consumer, queue })),
    },
  });
  await daemon.waitForLine({ msg: /^ready|; skipping it/ }, 60_000);
  // RabbitMQ counts channels with a delay, so several opened at once may exceed the limit until a later connection.
  const left = names[leftOut(daemon) ?? (await cutUntilLeftOut(daemon, proxy))] ?? '';
  const refused = / {2}consumers\[\d\]: .* is still refused: NOT_ALLOWED - number of channels/;
  for (const served of names.filter((name) => name !== left)) {
    await vhost.publish(served, `of ${served}`);
    await acks(daemon, `of ${served}`);
  }
  const lost = count(daemon, /^connection lost/);
  await daemon.waitForLine(() => count(daemon, refused) >= 3, 60_000);
  assert.equal(count(daemon, /^connection lost/), lost, 'no attempt may take the others along');
  const from = daemon.lines.length;
  await user.limit({ 'max-channels': 10 });
  await daemon.waitForLine({ msg: /^subscribed to "[abc]" again$/, from }, 60_000);
  await daemon.ready();
  await vhost.publish(left, `of ${left}`);
  await acks(daemon, `of ${left}`);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test("a connection beyond the limit of the virtual host is retried, with the broker's reason in the log", async (t) => {
  const vhost = await testVhost(t);
  await vhost.ctl('set_vhost_limits', '{"max-connections": 0}');
  const daemon = await startDaemon(t, { url: vhost.url, config: waiting });
  const refused = /^cannot connect to .*: NOT_ALLOWED - .*connection limit \(0\) is reached/;
  await daemon.waitForLine(() => count(daemon, refused) >= 2, 60_000);
  await vhost.ctl('clear_vhost_limits');
  await daemon.ready(60_000);
});

test("a connection beyond the limit of the user is retried, with the broker's reason in the log", async (t) => {
  const vhost = await testVhost(t);
  const user = await BrokerUser.create(t, vhost, { 'max-connections': 0 });
  const daemon = await startDaemon(t, { url: user.through(vhost.url), config: waiting });
  await daemon.waitForLine(() => count(daemon, /^cannot connect to .*: NOT_ALLOWED - .*limit/) >= 2, 60_000);
  await user.limit({});
  await daemon.ready(60_000);
});

test('a queue beyond the limit of the virtual host waits, and the others are consumed', async (t) => {
  const vhost = await testVhost(t);
  await vhost.ctl('set_vhost_limits', '{"max-queues": 1}');
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      connection: { reconnect_delay_max: '1s' },
      queues: [{ queue: 'fits' }, { queue: 'waits', bindings: [{ exchange: 'amq.direct', routing_key: 'k' }] }],
      consumers: [
        { consumer, queue: 'fits' },
        { consumer, queue: 'waits' },
      ],
    },
  });
  const refused =
    /:\d+:\d+ {2}queues\[1\]: queue "waits" could not be declared: PRECONDITION_FAILED - .*queue limit in vhost/;
  await daemon.waitForLine(() => count(daemon, refused) >= 2, 60_000);
  // The binding itself is valid.
  assert.equal(count(daemon, /bindings\[0\]/), 0);
  await vhost.publish('fits', 'of fits');
  await acks(daemon, 'of fits');
  assert.equal(count(daemon, /^ready/), 0);
  await vhost.ctl('clear_vhost_limits');
  await daemon.ready(60_000);
  await vhost.publishTo({ exchange: 'amq.direct', routingKey: 'k' }, 'by its binding');
  await acks(daemon, 'by its binding');
});

test("a publish beyond the connection limit fails with the broker's reason, and a later one is sent", async (t) => {
  const vhost = await testVhost(t);
  const user = await BrokerUser.create(t, vhost, { 'max-connections': 1 });
  const publishes = { copy: ['', 'sink', {}, 'text'] };
  const daemon = await startDaemon(t, {
    url: user.through(vhost.url),
    config: {
      connection: { connect_timeout: '500ms', reconnect_delay_max: '300ms' },
      queues: [{ queue: 'q' }, { queue: 'sink' }],
      consumers: [{ consumer: `${fixture('consumers.mjs')}:Publishes`, queue: 'q', options: { publishes } }],
    },
  });
  await daemon.ready();
  await vhost.publish('q', 'first');
  const records = await daemon.waitForRecords((all) => all.some(({ event }) => event === 'publish failed'), 60_000);
  const failed = records.find(({ event }) => event === 'publish failed');
  assert.equal(failed?.['code'], 'PUBLISH_REFUSED');
  assert.match(String(failed?.['message']), /the broker refuses the publish connection: NOT_ALLOWED - .*limit/);
  await user.limit({});
  await vhost.publish('q', 'second');
  await daemon.waitForRecords((all) => all.some(({ event }) => event === 'published'), 60_000);
});

test('a broker that allows fewer channels than the file has entries ends the start with 1', async (t) => {
  const vhost = await testVhost(t);
  const setting = async (value: number): Promise<string> =>
    vhost.broker.ctl('eval', `application:set_env(rabbit, channel_max, ${value}).`);
  await setting(2);
  t.after(() => setting(2047));
  const names = ['a', 'b', 'c'];
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      connection: { reconnect_delay_max: '1s' },
      queues: names.map((queue) => ({ queue })),
      consumers: names.map((queue) => ({ consumer, queue })),
    },
  });
  assert.deepEqual(await daemon.exit(), FAILED);
  assert.match(
    String(daemon.lines.at(-1)?.msg),
    /:\d+:\d+ {2}consumers\[2\]: cannot consume from queue "c": .*2 channels/,
  );
});
