import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';

/** Node.js 22.18 and later load TypeScript; 20 does not know the feature. */
const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript);

const title = stripsTypes
  ? 'a consumer in TypeScript runs without a build'
  : 'a consumer in TypeScript ends the start with 78 and advice if Node.js does not strip types';

test(title, async (t) => {
  const vhost = await testVhost(t);
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: { queues: [{ queue: 'q' }], consumers: [{ consumer: `${fixture('typed.ts')}:Typed`, queue: 'q' }] },
  });
  if (!stripsTypes) {
    assert.equal((await daemon.exit()).code, 78);
    assert.match(
      daemon.stdout + daemon.stderr,
      /typed\.ts.*is TypeScript, which Node\.js v\S+ does not load \(compile it .*or run Node\.js 22\.18 or later/,
    );
    return;
  }
  await daemon.ready();
  await vhost.publish('q', { id: 'one' });
  const records = await daemon.waitForRecords((all) => all.some(({ event }) => event === 'acked'));
  assert.deepEqual(
    records.filter(({ event }) => event === 'acked').map(({ id }) => id),
    ['one'],
  );
});
