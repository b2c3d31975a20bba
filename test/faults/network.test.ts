import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { Ledger } from '../support/ledger.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { byLength } from '../support/test-length.js';
import { testVhost } from '../support/test-vhost.js';
import { waitFor } from '../support/wait.js';

interface Line {
  readonly proxy: TcpProxy;
  readonly ledger: Ledger;
  readonly daemon: Daemon;
}

/** A daemon at work behind a proxy, and its ledger; the load goes past the proxy. */
async function dispatchThroughProxy(
  t: TestContext,
  { query = '', messagesPerSecond = 800, bytesPerSecond = 0 } = {},
): Promise<Line> {
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

/** Strikes, and waits until the daemon has noticed and consumes again. */
async function untilConsumingAgain(daemon: Daemon, strike: () => unknown): Promise<void> {
  const from = daemon.lines.length;
  await strike();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
}

test('nothing is lost when the connection is reset at random moments', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t);
  await ledger.strike(byLength({ short: 4, full: 60 }), () => untilConsumingAgain(daemon, () => proxy.cut()));
  await ledger.balance(daemon);
});

test('nothing is lost on a line that goes silent without a word; the heartbeat notices', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t, { query: '?heartbeat=2' });
  await ledger.strike(byLength({ short: 1, full: 6 }), async () => {
    const from = daemon.lines.length;
    proxy.blackhole();
    await daemon.waitForLine({ msg: /^connection lost: .*heartbeat/i, from }, 30_000);
    proxy.restore();
    await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
  });
  await ledger.balance(daemon);
});

test('nothing is lost on a half-open connection, whose other end has gone; the heartbeat notices', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t, { query: '?heartbeat=2' });
  await ledger.strike(byLength({ short: 1, full: 6 }), async () => {
    const from = daemon.lines.length;
    proxy.halfOpen();
    await daemon.waitForLine({ msg: /^connection lost: .*heartbeat/i, from }, 30_000);
    await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
  });
  await ledger.balance(daemon);
});

test('a line that brings one byte at a time is slow and no fault, and a reset on it loses nothing', async (t) => {
  const slow = { query: '?heartbeat=2', messagesPerSecond: 40, bytesPerSecond: 12_000 };
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t, slow);
  await ledger.strike(byLength({ short: 2, full: 20 }), () => untilConsumingAgain(daemon, () => proxy.cut()));
  const from = daemon.lines.length;
  for (let flow = 0; flow < byLength({ short: 2, full: 20 }); flow += 1) await ledger.flows();
  assert.ok(!daemon.lines.slice(from).some(({ msg }) => /lost/.test(String(msg))), 'slow is not lost');
  await ledger.balance(daemon);
});

test('nothing is lost on a line that flaps every second', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t);
  await ledger.strike(1, async () => {
    const from = daemon.lines.length;
    const cuts = byLength({ short: 7, full: 60 });
    proxy.flap(1_000);
    await waitFor(() => proxy.cuts >= cuts, { timeoutMs: 120_000, what: `${cuts} cuts` });
    proxy.steady();
    const lost = daemon.lines.slice(from).filter(({ msg }) => String(msg).startsWith('connection lost'));
    assert.ok(lost.length > cuts / 2, `the daemon came back between the cuts: ${lost.length} times`);
    await untilConsumingAgain(daemon, () => proxy.cut());
    return proxy.cuts;
  });
  await ledger.balance(daemon);
});

test('messages whose acks the line has swallowed come again after a reset, and nothing is lost', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t);
  let swallowed = 0;
  await ledger.strike(byLength({ short: 2, full: 20 }), async () => {
    const before = swallowed;
    // basic.ack; the consumers go on until the broker has no more to give them, their prefetch being used up.
    proxy.dropFrames(({ method }) => method === '60.80' && (swallowed += 1) > 0);
    await waitFor(() => swallowed > before, { what: 'an ack to be swallowed' });
    await untilConsumingAgain(daemon, () => {
      proxy.cut();
      proxy.dropFrames();
    });
  });
  const { duplicates } = await ledger.balance(daemon);
  assert.ok(duplicates > 0, 'what was acked in vain has come again');
});
