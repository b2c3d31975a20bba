import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { waitFor } from '../../support/wait.js';

/** A host that accepts TCP and never sends a byte. */
async function silentHost(t: TestContext): Promise<{ readonly port: number; readonly met: () => boolean }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { port: address.port, met: () => sockets.size > 0 };
}

test('a host that accepts connections and never answers is abandoned for the next host', async (t) => {
  const vhost = await testVhost(t);
  const silent = await silentHost(t);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  const ledger = await Ledger.open(t, { urls: [vhost.url] });
  const url = vhost.url.replace(`${vhost.host}:${vhost.port}`, `127.0.0.1:${silent.port},127.0.0.1:${proxy.port}`);
  // The daemon tries hosts in random order, so the proxy refuses until the silent host was tried.
  proxy.refuse();
  const daemon = await startDaemon(t, { url, ...ledger.daemonWith({ connection: { connect_timeout: '1s' } }) });
  await waitFor(silent.met, { timeoutMs: 60_000, what: 'the daemon to try the silent host' });
  proxy.accept();
  await daemon.waitForLine(({ msg }) => String(msg).startsWith(`cannot connect to 127.0.0.1:${silent.port}: `), 60_000);
  await daemon.ready(60_000);
  ledger.publish();
  await ledger.balance(daemon);
});
