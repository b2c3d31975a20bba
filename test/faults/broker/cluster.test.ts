import { after, before, test } from 'node:test';
import { type PrivateCluster, startPrivateCluster } from '../../support/broker/private-cluster.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { Ledger } from '../../support/ledger/ledger.js';
import {
  assertAttempts,
  delayQueuesOf,
  endThread,
  QUICK_MOVES,
  RETRY_LEDGER,
  strikeInTurn,
} from '../../support/ledger/retry-ledger.js';
import { byLength } from '../../support/test-length.js';

let cluster: PrivateCluster;

before(async () => {
  cluster = await startPrivateCluster({ rabbit: QUICK_MOVES });
});

after(() => cluster.stop());

test("no message is lost when the node of a quorum queue's leader is killed and returns", async (t) => {
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

test('killing the leader of a quorum queue or its delay queue loses no message and counts no extra attempt', async (t) => {
  const ledger = await Ledger.open(t, {
    ...RETRY_LEDGER,
    urls: cluster.urls,
    queues: ['retries-a', 'retries-b'],
    queueKeys: { x_queue_type: 'quorum' },
  });
  const [queue = ''] = ledger.queues;
  const [delayQueue = ''] = delayQueuesOf([queue]);
  const daemon = await startDaemon(t, { url: cluster.url, ...ledger.daemon });
  await daemon.ready();
  ledger.publish();
  const killLeaderOf = async (name: string): Promise<void> => {
    const leader = await cluster.leaderOf(name);
    await leader.kill();
    await ledger.flows(); // two nodes of three go on
    await leader.start();
  };
  const killThread = async (): Promise<void> => {
    const [node] = cluster.urls;
    await endThread(daemon, node ?? '', queue);
  };
  const strikes = byLength({ short: 3, full: 9 });
  await strikeInTurn(ledger, strikes, [
    async () => killLeaderOf(queue),
    async () => killLeaderOf(delayQueue),
    killThread,
  ]);
  await ledger.balance(daemon);
  assertAttempts(daemon, strikes);
});
