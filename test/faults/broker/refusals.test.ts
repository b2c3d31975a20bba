import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUser } from '../../support/broker/broker-user.js';
import { testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { cutUntilLeftOut } from '../../support/daemon/left-out.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

const consumer = `${fixture('consumers.mjs')}:Acks`;

function count(daemon: Daemon, pattern: RegExp): number {
  return daemon.lines.filter(({ msg }) => pattern.test(String(msg))).length;
}

async function acks(daemon: Daemon, id: string): Promise<void> {
  await daemon.waitForRecords((records) => records.some((record) => record.event === 'acked' && record.id === id));
}

test('an exchange whose type the broker lost is retried alone after a reconnect; the queues are consumed', async (t) => {
  const vhost = await testVhost(t);
  // Registers the type of a plugin without a plugin: a fanout under another name.
  const plugin = async (change: 'register' | 'unregister'): Promise<string> => {
    const type = change === 'register' ? ', rabbit_exchange_type_fanout' : '';
    return vhost.broker.ctl('eval', `rabbit_registry:${change}(exchange, <<"x-passing">>${type}).`);
  };
  await plugin('register');
  t.after(() => plugin('unregister'));
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const daemon = await startDaemon(t, {
    url: proxy.through(vhost.url),
    config: {
      connection: { reconnect_delay_max: '1s' },
      exchanges: [{ exchange: 'passing', type: 'x-passing', auto_delete: true }],
      queues: [{ queue: 'q', bindings: [{ exchange: 'passing' }] }],
      consumers: [{ consumer, queue: 'q' }],
    },
  });
  await daemon.ready();
  const from = daemon.lines.length;
  proxy.refuse();
  proxy.cut();
  await daemon.waitForLine({ msg: /^connection lost/, from });
  await (await vhost.channel()).deleteExchange('passing');
  await plugin('unregister');
  proxy.accept();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
  await daemon.waitForLine({ msg: /exchanges\[0\].*exchange "passing".*exchange type/, from }, 60_000);
  const lost = count(daemon, /^connection lost/);
  await vhost.publish('q', 'meanwhile');
  await acks(daemon, 'meanwhile');
  await daemon.waitForLine(() => count(daemon, /exchanges\[0\].*exchange "passing".*exchange type/) >= 3, 60_000);
  assert.equal(count(daemon, /^connection lost/), lost, 'no attempt may take the others along');
  await plugin('register');
  const arrives = async (): Promise<boolean> => {
    // A missing exchange closes the channel, and the next publish opens another.
    await vhost.publishTo({ exchange: 'passing', routingKey: '' }, 'through the exchange').catch(() => undefined);
    return daemon.records().some(({ id }) => id === 'through the exchange');
  };
  await waitFor(arrives, { timeoutMs: 60_000, everyMs: 200, what: 'the exchange to be declared and bound again' });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('an entry without a free channel after a reconnect waits, and the other entries are consumed', async (t) => {
  const vhost = await testVhost(t);
  const user = await BrokerUser.create(t, vhost);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const names = ['a', 'b'];
  const daemon = await startDaemon(t, {
    url: user.through(proxy.through(vhost.url)),
    config: {
      connection: { reconnect_delay_max: '1s' },
      queues: names.map((queue) => ({ queue })),
      consumers: names.map((queue) => ({ consumer, queue })),
    },
  });
  await daemon.ready();
  await user.limit({ 'max-channels': 1 });
  const from = daemon.lines.length;
  const [left = '', served = ''] = (await cutUntilLeftOut(daemon, proxy)) === 0 ? names : names.toReversed();
  await vhost.publish(served, `of ${served}`);
  await acks(daemon, `of ${served}`);
  await user.limit({});
  await daemon.waitForLine({ msg: /^subscribed to "[ab]" again$/, from }, 60_000);
  await vhost.publish(left, `of ${left}`);
  await acks(daemon, `of ${left}`);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
