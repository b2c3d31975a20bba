import { after, before, test } from 'node:test';
import { type PrivateBroker, startPrivateBroker } from '../../support/broker/private-broker.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { byLength } from '../../support/test-length.js';

/** This file has its own broker, because it restarts and kills it. */
let broker: PrivateBroker;

before(async () => {
  broker = await startPrivateBroker();
});

after(() => broker.stop());

/** Nobody confirms an ack: a killed node forgets those that it has not written, on a busy machine of half a second. */
const FORGOTTEN = 10;

for (const [what, end, strikes] of [
  ['stopped', (): Promise<void> => broker.shutdown(), 1],
  ['killed', (): Promise<void> => broker.kill(), FORGOTTEN],
] as const) {
  test(`no message is lost when the broker's node is ${what} and started again`, async (t) => {
    const ledger = await Ledger.open(t, { urls: [broker.url()], queues: [`${what}-a`, `${what}-b`] });
    const daemon = await startDaemon(t, { url: broker.url(), ...ledger.daemon });
    await daemon.ready();
    // The daemon cannot keep messages that the broker itself forgets.
    await broker.syncDeclarations();
    ledger.publish();
    await ledger.strike(byLength({ short: 1, full: 5 }), async () => {
      const from = daemon.lines.length;
      await end();
      await daemon.waitForLine({ msg: /^connection lost/, from }, 60_000);
      await broker.start();
      await daemon.waitForLine({ msg: /^consuming again$/, from }, 60_000);
      return strikes;
    });
    await ledger.balance(daemon);
  });
}
