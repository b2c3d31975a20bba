import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from '../support/daemon.js';
import { fixture } from '../support/fixture.js';
import { Ledger } from '../support/ledger.js';
import { testVhost } from '../support/test-vhost.js';

/** How RabbitMQ is told at run time what `consumer_timeout` and `channel_tick_interval` in its configuration say at the start. */
const LOW =
  'application:set_env(rabbit, consumer_timeout, 2000), application:set_env(rabbit, channel_tick_interval, 500).';
const USUAL =
  'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).';

test("an answer later than the broker's consumer timeout is refused, its message comes again, and the others go on", async (t) => {
  const vhost = await testVhost(t);
  await vhost.broker.ctl('eval', LOW);
  t.after(() => vhost.broker.ctl('eval', USUAL));
  const ledger = await Ledger.open(t, { urls: [vhost.url] });
  const { config, ...rest } = ledger.daemon;
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      ...config,
      queues: [...config.queues, { queue: 'slow' }],
      consumers: [...config.consumers, { consumer: `${fixture('consumers.mjs')}:SilentOnce`, queue: 'slow' }],
    },
    ...rest,
  });
  await daemon.ready();
  ledger.publish();
  await vhost.publish('slow', 'late');
  await daemon.waitForLine({ msg: /subscription to "slow" lost: .*406.*timeout/i }, 60_000);
  const records = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'begin').length === 2);
  const begins = records.filter(({ event }) => event === 'begin');
  assert.deepEqual(
    begins.map(({ id, redelivered }) => [id, redelivered]),
    [
      ['late', false],
      ['late', true],
    ],
  );
  const answers = await daemon.waitForRecords((all) => all.filter(({ event }) => event === 'refused').length === 2);
  assert.deepEqual(
    answers.filter(({ call }) => call !== undefined).map(({ event, call, code }) => [event, call, code]),
    [
      ['refused', 'ack', 'DELIVERY_LOST'],
      ['refused', 'publish', 'DELIVERY_LOST'],
    ],
  );
  const { duplicates } = await ledger.balance(daemon);
  assert.equal(duplicates, 0);
  assert.equal(await vhost.messageCount('slow'), 0);
});
