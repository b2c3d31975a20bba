import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { DaemonHttp } from '../../support/daemon/scrape.js';
import { PATIENCE_MS } from '../../support/daemon/stage.js';
import { Ledger } from '../../support/ledger/ledger.js';
import { untilConsumingAgain } from '../../support/ledger/ledger-line.js';
import { TcpProxy } from '../../support/network/tcp-proxy.js';
import { byLength } from '../../support/test-length.js';
import { waitFor } from '../../support/wait.js';

const AWAY_MS = byLength({ short: 15_000, full: 120_000 });
const LOOK_EVERY_MS = 250;

test('while its broker is away for minutes the daemon is live and not ready, and then loses no message', async (t) => {
  const vhost = await testVhost(t);
  const proxy = await TcpProxy.start({ port: vhost.port });
  t.after(() => proxy.close());
  // The load goes past the proxy, and fills the queues meanwhile.
  const ledger = await Ledger.open(t, { urls: [vhost.url], messagesPerSecond: 100 });
  const { args, ...rest } = ledger.daemon;
  const daemon = await startDaemon(t, {
    ...rest,
    url: proxy.through(vhost.url),
    args: [...args, '--http', '127.0.0.1:0'],
  });
  await daemon.ready();
  const http = await DaemonHttp.of(daemon);
  const probes = async (): Promise<number[]> =>
    Promise.all(['/livez', '/readyz', '/startupz'].map((path) => http.status(path)));
  assert.deepEqual(await probes(), [200, 200, 200]);
  ledger.publish();
  let looks = 0;
  await ledger.strike(1, () =>
    untilConsumingAgain(daemon, async () => {
      proxy.refuse();
      proxy.cut();
      await waitFor(async () => (await http.status('/readyz')) === 503, {
        timeoutMs: PATIENCE_MS,
        what: '/readyz to answer 503',
      });
      for (const endMs = performance.now() + AWAY_MS; performance.now() < endMs; looks++) {
        assert.deepEqual(await probes(), [200, 503, 200]);
        await sleep(LOOK_EVERY_MS);
      }
      assert.match(await http.text('/readyz'), /^\[-\] connection: cannot connect to 127\.0\.0\.1:\d+: /m);
      proxy.accept();
    }),
  );
  t.diagnostic(`${looks} looks in ${AWAY_MS / 1_000} s`);
  await waitFor(async () => (await http.status('/readyz')) === 200, {
    timeoutMs: PATIENCE_MS,
    what: '/readyz to answer 200',
  });
  await ledger.balance(daemon);
});
