import { test } from 'node:test';
import { dispatchThroughProxy } from '../../support/ledger/ledger-line.js';
import { byLength } from '../../support/test-length.js';

test('the heartbeat detects a silent connection, and no message is lost', async (t) => {
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

test('the heartbeat detects a half-open connection, and no message is lost', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t, { query: '?heartbeat=2' });
  await ledger.strike(byLength({ short: 1, full: 6 }), async () => {
    const from = daemon.lines.length;
    proxy.halfOpen();
    await daemon.waitForLine({ msg: /^connection lost: .*heartbeat/i, from }, 30_000);
    await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
  });
  await ledger.balance(daemon);
});
