import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from '../support/daemon.js';
import { fixture } from '../support/fixture.js';
import { testVhost } from '../support/test-vhost.js';

for (const signal of ['SIGHUP', 'SIGPIPE'] as const) {
  test(`${signal} has no meaning and does not end the daemon`, async (t) => {
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
