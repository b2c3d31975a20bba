import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testVhost } from '../../support/broker/test-vhost.js';
import { startDaemon } from '../../support/daemon/daemon.js';
import { fixture } from '../../support/daemon/fixture.js';
import { CLEAN, PATIENCE_MS } from '../../support/daemon/stage.js';
import type { JsonRecord } from '../../support/json-record.js';

const file = fixture('publishing.mjs');
const GOOD = 400;

const isDone = ({ event }: JsonRecord): boolean => event === 'hostile done';

/** Names of test/fixtures/publishing.mjs. */
const REFUSED_HERE = [
  'NaN in a header',
  'an infinity deep in a header',
  'a CC header that is no list',
  'a Map as a body',
];
const REFUSED_BY_THE_BROKER = ['an internal exchange', 'a foreign user', 'a missing exchange'];

for (const [title, names, code, isLost] of [
  ['values that cannot be sent', REFUSED_HERE, 'PUBLISH_INVALID', false],
  ['messages that close the channel', REFUSED_BY_THE_BROKER, 'PUBLISH_REFUSED', false],
  ['messages that close the connection', ['a decimal for a stream'], 'PUBLISH_REFUSED', true],
] as const) {
  test(`a consumer that publishes ${title} does not harm the publishes of other consumers`, async (t) => {
    const vhost = await testVhost(t);
    const daemon = await startDaemon(t, {
      url: vhost.url,
      config: {
        exchanges: [{ exchange: 'internal', type: 'direct', internal: true }],
        queues: [
          { queue: 'hostile' },
          { queue: 'good' },
          { queue: 'sink' },
          { queue: 'stream', x_queue_type: 'stream' },
        ],
        consumers: [
          { consumer: `${file}:Hostile`, queue: 'hostile', consumer_count: 3 },
          { consumer: `${file}:Good`, queue: 'good', consumer_count: 2, prefetch_count: 20 },
        ],
      },
      args: ['--threads', '2'],
    });
    await daemon.ready();
    const ids = Array.from({ length: GOOD }, (_, number) => String(number));
    await Promise.all(Array.from({ length: 3 }, () => vhost.publish('hostile', names)));
    for (const id of ids) await vhost.publish('good', id);
    const records = await daemon.waitForRecords(
      (all) => all.filter(isDone).length === 3 && all.filter(({ event }) => event === 'good').length === GOOD,
      PATIENCE_MS,
    );
    const good = records.filter(({ event }) => event === 'good');
    assert.deepEqual(
      good
        .map(({ id, redelivered, code: how }) => [id, redelivered, how])
        .toSorted((a, b) => Number(a[0]) - Number(b[0])),
      ids.map((id) => [id, false, 'confirmed']),
    );
    const hostile = records.filter(({ event }) => event === 'hostile');
    assert.deepEqual(new Set(hostile.map(({ code: how }) => how)), new Set([code]));
    assert.equal(hostile.length, 9 * names.length);
    const lost = daemon.lines.filter(({ msg }) => String(msg).startsWith('connection lost'));
    assert.equal(lost.length > 0, isLost);
    assert.deepEqual(await daemon.stop(), CLEAN);
    const arrived = await vhost.takeAll('sink');
    assert.equal(new Set(arrived.map(({ content }) => content.toString())).size, GOOD);
  });
}
