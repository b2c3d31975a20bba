import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ChannelModel, connect } from 'amqplib';
import { type TestVhost, testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import type { JsonRecord } from '../../support/json-record.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

const config = {
  queues: [{ queue: 'mine', exclusive: true }],
  consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'mine' }],
};

/** Another connection, which holds the queue until it closes. */
async function otherHolder(t: TestContext, vhost: TestVhost): Promise<ChannelModel> {
  const other = await connect(vhost.url);
  let isOpen = true;
  other.on('close', () => (isOpen = false));
  t.after(async () => isOpen && (await other.close()));
  // The broker may still have the daemon's lost connection, and with it the queue.
  const declared = async (): Promise<boolean> => {
    const channel = await other.createChannel();
    channel.on('error', () => {}); // the declaration rejects
    return channel.assertQueue('mine', { exclusive: true }).then(
      () => true,
      () => false,
    );
  };
  await waitFor(declared, { what: 'the other connection to hold the queue' });
  return other;
}

test('an exclusive queue held by another connection ends the first start with exit 1 and a clear message', async (t) => {
  const vhost = await testVhost(t);
  await otherHolder(t, vhost);
  const daemon = await startDaemon(t, { url: vhost.url, config });
  assert.deepEqual(await daemon.exit(), { code: 1, signal: null });
  assert.match(String(daemon.lines.at(-1)?.msg), /queues\[0\].*queue "mine".*RESOURCE_LOCKED/);
});

test('an exclusive queue taken by another connection in an outage is consumed once it is free', async (t) => {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const daemon = await startDaemon(t, { url: proxy.through(vhost.url), config });
  await daemon.ready();
  proxy.refuse();
  proxy.cut();
  const other = await otherHolder(t, vhost);
  proxy.accept();
  const from = daemon.lines.length;
  await daemon.waitForLine(() => daemon.lines.filter(isLocked).length >= 3, 60_000);
  await other.close();
  await daemon.waitForLine({ msg: /^(consuming again|subscribed to "mine" again)$/, from }, 60_000);
  await vhost.publish('mine', 'free');
  await daemon.waitForRecords((records) => records.some(({ event, id }) => event === 'acked' && id === 'free'));
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

function isLocked({ msg }: JsonRecord): boolean {
  return /"mine".*RESOURCE_LOCKED/.test(String(msg));
}
