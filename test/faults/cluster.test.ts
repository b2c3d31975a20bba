import { after, before, test } from 'node:test';
import { startDaemon } from '../support/daemon.js';
import { Ledger } from '../support/ledger.js';
import { type PrivateCluster, startPrivateCluster } from '../support/private-cluster.js';
import { byLength } from '../support/test-length.js';

let cluster: PrivateCluster;

before(async () => {
  cluster = await startPrivateCluster();
});

after(() => cluster.stop());

test("nothing is lost when the node of a quorum queue's leader is killed and comes back", async (t) => {
  const ledger = await Ledger.open(t, { urls: cluster.urls, queueKeys: { x_queue_type: 'quorum' } });
  const daemon = await startDaemon(t, { url: cluster.url, ...ledger.daemon });
  await daemon.ready();
  ledger.publish();
  await ledger.strike(byLength({ short: 1, full: 6 }), async () => {
    const leader = await cluster.leaderOf('ledger-a');
    await leader.kill();
    await ledger.flows(); // two nodes of three go on
    await leader.start();
  });
  await ledger.balance(daemon);
});
