import { type TestContext, test } from 'node:test';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { byLength } from '../../support/test-length.js';

interface Scene {
  readonly vhost: TestVhost;
  readonly proxy: TcpProxy;
  /** The ledger checks two other queues on the same connection, which the faults of `victim` must not affect. */
  readonly ledger: Ledger;
  readonly daemon: Daemon;
}

/** A daemon behind a proxy that consumes the ledger's queues and one more, `victim`, the last in the file. */
async function dispatchWithVictim(t: TestContext, victim: object = {}): Promise<Scene> {
  const vhost = await testVhost(t);
  await (await vhost.channel()).assertQueue('victim');
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const ledger = await Ledger.open(t, { urls: [vhost.url] });
  const more = {
    queues: [{ queue: 'victim', ...victim }],
    consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'victim' }],
  };
  const daemon = await startDaemon(t, { url: proxy.through(vhost.url), ...ledger.daemonWith(more) });
  await daemon.ready();
  ledger.publish();
  return { vhost, proxy, ledger, daemon };
}

async function isConsumed({ vhost, daemon }: Scene, id: string): Promise<void> {
  await vhost.publish('victim', id);
  await daemon.waitForRecords((records) => records.some((record) => record.event === 'acked' && record.id === id));
}

test('a queue deleted under its consumer is declared and consumed again, and other queues are not affected', async (t) => {
  const scene = await dispatchWithVictim(t);
  for (let round = 0; round < byLength({ short: 2, full: 20 }); round += 1) {
    await scene.ledger.flows();
    const from = scene.daemon.lines.length;
    await (await scene.vhost.channel()).deleteQueue('victim');
    await scene.daemon.waitForLine({ msg: /the broker cancelled the subscription to "victim"/, from });
    await scene.daemon.waitForLine({ msg: /^subscribed to "victim" again$/, from }, 60_000);
    await isConsumed(scene, `after deletion ${round}`);
  }
  await scene.ledger.balance(scene.daemon);
});

test('a passive queue deleted under its consumer is consumed again once somebody creates it', async (t) => {
  const scene = await dispatchWithVictim(t, { passive: true });
  const channel = await scene.vhost.channel();
  await scene.ledger.flows();
  await channel.deleteQueue('victim');
  await scene.daemon.waitForLine({ msg: /queues\[2\].*queue "victim".*NOT_FOUND/ });
  await scene.daemon.waitForLine({ msg: /subscription to "victim" lost: .*NOT_FOUND.*; retrying in/ });
  await scene.ledger.flows();
  await channel.assertQueue('victim');
  await scene.daemon.waitForLine({ msg: /^subscribed to "victim" again$/ }, 60_000);
  await isConsumed(scene, 'after its return');
  await scene.ledger.balance(scene.daemon);
});

test('a queue whose arguments changed before a reconnect is logged and retried; other queues are consumed', async (t) => {
  const scene = await dispatchWithVictim(t);
  const { proxy, ledger, daemon } = scene;
  const channel = await scene.vhost.channel();
  await ledger.strike(1, async () => {
    const from = daemon.lines.length;
    proxy.refuse();
    proxy.cut();
    await daemon.waitForLine({ msg: /^connection lost/, from });
    await channel.deleteQueue('victim');
    await channel.assertQueue('victim', { arguments: { 'x-max-length': 7 } });
    proxy.accept();
    await daemon.waitForLine(() => daemon.lines.slice(from).filter(isMismatch).length >= 2, 60_000);
    await ledger.flows();
  });
  const from = daemon.lines.length;
  await channel.deleteQueue('victim');
  await channel.assertQueue('victim');
  await daemon.waitForLine({ msg: /^(consuming again|subscribed to "victim" again)$/, from }, 60_000);
  await isConsumed(scene, 'after its correction');
  await ledger.balance(daemon);
});

/** The log line must name the entry of the file and quote the broker. */
function isMismatch({ msg }: JsonRecord): boolean {
  return /queues\[2\].*queue "victim".*PRECONDITION_FAILED.*x-max-length/.test(String(msg));
}
