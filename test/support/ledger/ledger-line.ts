import type { TestContext } from 'node:test';
import { testVhost } from '../broker/test-vhost.js';
import { type Daemon, startDaemon } from '../daemon/daemon.js';
import { TcpProxy } from '../network/tcp-proxy.js';
import { Ledger } from './ledger.js';

/** The scene of a network fault. */
export interface LedgerLine {
  readonly proxy: TcpProxy;
  readonly ledger: Ledger;
  readonly daemon: Daemon;
}

/** A daemon that consumes through a proxy, and its ledger; the load bypasses the proxy. */
export async function dispatchThroughProxy(
  t: TestContext,
  { query = '', messagesPerSecond = 800, bytesPerSecond = 0 } = {},
): Promise<LedgerLine> {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  proxy.trickle(bytesPerSecond);
  const ledger = await Ledger.open(t, { urls: [vhost.url], messagesPerSecond });
  const daemon = await startDaemon(t, { url: proxy.through(vhost.url) + query, ...ledger.daemon });
  await daemon.ready();
  ledger.publish();
  return { proxy, ledger, daemon };
}

/** Strikes, and waits until the daemon has detected it and consumes again. */
export async function untilConsumingAgain(daemon: Daemon, strike: () => unknown): Promise<void> {
  const from = daemon.lines.length;
  await strike();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
}
