import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

for (const signal of ['SIGHUP', 'SIGPIPE'] as const) {
  test(`${signal} does not end the daemon`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('consumers.mjs')}:Acks`, queue: 'q' }] },
    });
    await daemon.ready();
    daemon.signal(signal);
    await vhost.publish('q', 'after it');
    await daemon.waitForRecords((records) => records.some(({ event, id }) => event === 'acked' && id === 'after it'));
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  });
}
