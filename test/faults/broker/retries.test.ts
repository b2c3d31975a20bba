import { after, before, test } from 'node:test';
import { type PrivateBroker, startPrivateBroker } from '../../support/broker/private-broker.js';
import { type Daemon, startDaemon } from '../../support/daemon/daemon.js';
import { Ledger } from '../../support/ledger/ledger.js';
import {
  assertAttempts,
  delayQueuesOf,
  endThread,
  inTransfer,
  QUICK_MOVES,
  RETRY_LEDGER,
  strikeInTurn,
} from '../../support/ledger/retry-ledger.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

/** This file has its own broker, because it stops and kills it. */
let broker: PrivateBroker;

before(async () => {
  broker = await startPrivateBroker({ rabbit: QUICK_MOVES });
});

after(() => broker.stop());

// RabbitMQ 3.10 can hang forever on publishes to a quorum queue whose only node was killed, so quorum queues are stopped here,
// and faults/broker/cluster kills one node of three.
for (const [type, how, what] of [
  ['classic', 'killed', 'only messages that the broker was moving are lost'],
  ['quorum', 'stopped', 'no message is lost'],
] as const) {
  test(`${what} when the broker is ${how} between retries, and attempts count once: ${type} queues`, async (t) => {
    const queues = [`retries-${type}-a`, `retries-${type}-b`];
    const ledger = await Ledger.open(t, {
      ...RETRY_LEDGER,
      urls: [broker.url()],
      queues,
      queueKeys: { x_queue_type: type },
    });
    // RabbitMQ 3.10 can hang forever on publishes while a quorum queue recovers.
    const connection = { stall_timeout: '5s' };
    const daemon = await startDaemon(t, { url: broker.url(), ...ledger.daemonWith({ connection }) });
    await daemon.ready();
    ledger.publish();
    // The broker may forget a queue that was declared just before the kill.
    await untilThere(delayQueuesOf(queues));
    await broker.syncDeclarations();
    const end = async (): Promise<void> => {
      if (how === 'stopped') return broker.shutdown();
      const from = Date.now();
      await broker.kill();
      ledger.excuse(inTransfer(daemon, { from, to: Date.now() }));
    };
    const strikes = byLength({ short: 2, full: 8 });
    await strikeInTurn(ledger, strikes, [
      async () => restartBroker(daemon, end),
      async () => endThread(daemon, broker.url(), queues[0] ?? ''),
    ]);
    await ledger.balance(daemon);
    assertAttempts(daemon, strikes);
  });
}

async function untilThere(wanted: readonly string[]): Promise<void> {
  const areThere = async (): Promise<boolean> => {
    const listed = (await broker.ctl('list_queues', 'name')).split('\n');
    return wanted.every((queue) => listed.includes(queue));
  };
  await waitFor(areThere, { everyMs: 300, timeoutMs: 20_000, what: wanted.join(', ') });
}

async function restartBroker(daemon: Daemon, end: () => Promise<void>): Promise<void> {
  const from = daemon.lines.length;
  await end();
  await daemon.waitForLine({ msg: /^connection lost/, from }, 60_000);
  await broker.start();
  await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
}
