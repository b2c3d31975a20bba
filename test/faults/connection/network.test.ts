import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS, Stage } from '../../support/daemon/stage.js';
import type { JsonRecord } from '../../support/json-record.js';
import { dispatchThroughProxy, untilConsumingAgain } from '../../support/ledger/ledger-line.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

test('no message is lost when the connection is reset at random moments', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t);
  await ledger.strike(byLength({ short: 4, full: 60 }), () => untilConsumingAgain(daemon, () => proxy.cut()));
  await ledger.balance(daemon);
});

test('a line that carries one byte at a time is not a fault, and a reset on it loses no message', async (t) => {
  const slow = { query: '?heartbeat=2', messagesPerSecond: 40, bytesPerSecond: 12_000 };
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t, slow);
  await ledger.strike(byLength({ short: 2, full: 20 }), () => untilConsumingAgain(daemon, () => proxy.cut()));
  const from = daemon.lines.length;
  for (let flow = 0; flow < byLength({ short: 2, full: 20 }); flow += 1) await ledger.flows();
  assert.ok(!daemon.lines.slice(from).some(({ msg }) => /lost/.test(String(msg))), 'slow is not lost');
  await ledger.balance(daemon);
});

test('no message is lost on a line that flaps every second', async (t) => {
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

test('a connection that is lost as soon as it opens is reopened with growing waits', async (t) => {
  const stage = await Stage.ready(t, { consumer: 'consumers.mjs:Acks' });
  const { proxy, daemon } = stage;
  const linesWith = (start: string): JsonRecord[] => daemon.lines.filter(({ msg }) => String(msg).startsWith(start));
  let opened = 0;
  const longest = (): number => {
    const connected = linesWith('connected to').length;
    if (connected > opened) proxy.cut();
    opened = connected;
    return Math.max(0, ...linesWith('reconnecting in').map(({ waitMs }) => Number(waitMs)));
  };
  // The first wait is at most 100 ms.
  await waitFor(() => longest() > 200, { timeoutMs: PATIENCE_MS, what: 'a longer wait' });
  await stage.send('after');
  await daemon.waitForRecords(() => stage.records('acked', 'after').length > 0, PATIENCE_MS);
  await stage.stops();
});

test('messages whose acks were swallowed are redelivered after a reset, and none is lost', async (t) => {
  const { proxy, ledger, daemon } = await dispatchThroughProxy(t);
  let swallowed = 0;
  await ledger.strike(byLength({ short: 2, full: 20 }), async () => {
    const before = swallowed;
    // Drops basic.ack; the consumers go on until their prefetch is used up.
    proxy.dropFrames(({ method }) => method === '60.80' && (swallowed += 1) > 0);
    await waitFor(() => swallowed > before, { what: 'an ack to be swallowed' });
    await untilConsumingAgain(daemon, () => {
      proxy.cut();
      proxy.dropFrames();
    });
  });
  const { duplicates } = await ledger.balance(daemon);
  assert.ok(duplicates > 0, 'messages with a swallowed ack have come again');
});

test('after an outage the first connection that recovers wakes the other from its wait', async (t) => {
  const { daemon, proxy, ...stage } = await Stage.ready(t, {
    consumer: 'consumers.mjs:Republishes',
    entry: { options: { routingKey: 'sink' } },
    config: { connection: { reconnect_delay: '20s', reconnect_delay_max: '20s' }, queues: [{ queue: 'sink' }] },
  });
  const opened = (from: number): JsonRecord[] =>
    daemon.lines.slice(from).filter(({ msg }) => String(msg).startsWith('connected to'));
  for (const round of ['first', 'second']) {
    // The first publish opens the publish connection.
    await stage.vhost.publish('q', round);
    await daemon.waitForRecords((all) => all.some(({ event, id }) => event === 'republished' && id === round));
    const from = daemon.lines.length;
    proxy.cut();
    await daemon.waitForLine(() => opened(from).length === 2, 60_000);
    const [one = 0, other = 0] = opened(from).map(({ time }) => Number(time));
    assert.ok(other - one < 2_000, `they came back ${other - one} ms apart`);
    await daemon.waitForLine({ msg: /^consuming again$/, from });
  }
});
