import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { byLength } from '../../support/test-length.js';

test('no message is lost when the daemon is killed at random moments and started again', async (t) => {
  const vhost = await testVhost(t);
  const ledger = await Ledger.open(t, { urls: [vhost.url] });
  let daemon = await startDaemon(t, { url: vhost.url, ...ledger.daemon });
  await daemon.ready();
  ledger.publish();
  await ledger.strike(byLength({ short: 3, full: 30 }), async () => {
    await daemon.kill();
    daemon = await startDaemon(t, { url: vhost.url, ...ledger.daemon });
    await daemon.ready();
  });
  await ledger.balance(daemon);
});
