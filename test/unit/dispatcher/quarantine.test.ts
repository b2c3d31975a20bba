import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { DEATH_HEADERS } from '../../../src/dispatcher/death-record.js';
import type { Delivery } from '../../../src/dispatcher/delivery.js';
import { DeliveryFeed } from '../../../src/dispatcher/delivery-events.js';
import { Quarantine, type QuarantineOptions } from '../../../src/dispatcher/quarantine.js';
import { decodeFieldTable, encodeFieldTable, type Publish } from '../../../src/protocol/index.js';
import { wireMessage } from '../../support/wire-message.js';
import { FakeEpoch } from './fake-epoch.js';

function bench(options: Partial<QuarantineOptions> = {}) {
  const story: string[] = [];
  const published: Publish[] = [];
  const feed = new DeliveryFeed();
  feed.on('counted', ({ deaths, maxDeaths }) => story.push(`counted ${deaths} of ${maxDeaths}`));
  feed.on('quarantined', ({ deaths, queue }) => story.push(`quarantined ${deaths} in ${queue}`));
  const quarantine = new Quarantine({
    queue: 'q',
    consumer: 'Killer',
    maxDeaths: 3,
    publish: async (publish) => {
      story.push(`published to ${publish.routingKey}`);
      published.push(publish);
    },
    ensureQueue: async (queue) => void story.push(`ensured ${queue}`),
    feed,
    logger: pino({ level: 'silent' }),
    now: () => new Date(0),
    ...options,
  });
  return { quarantine, story, published };
}

async function refuse(): Promise<void> {
  throw new Error('refused');
}

function delivery(deaths: number, properties?: Record<string, string>): Delivery {
  const headers = encodeFieldTable(deaths === 0 ? {} : { [DEATH_HEADERS.deaths]: deaths });
  return {
    message: wireMessage({ headers, ...(properties !== undefined && { properties }) }),
    epoch: new FakeEpoch(),
    state: 'handed',
    handedTo: undefined,
  };
}

describe('a message that took a thread down', () => {
  test('goes back with its count until the last death, and is acked only when the copy is confirmed', async () => {
    const { quarantine, story, published } = bench();
    assert.equal(await quarantine.admit(delivery(0), new Error('boom')), 'ack');
    assert.equal(await quarantine.admit(delivery(1), new Error('boom')), 'ack');
    assert.deepEqual(story, ['published to q', 'counted 1 of 3', 'published to q', 'counted 2 of 3']);
    const counts = published.map(({ headers }) => decodeFieldTable(headers)[DEATH_HEADERS.deaths]);
    assert.deepEqual(counts, [1, 2]);
  });

  test('is put aside at the last one, for good, with what is known of its deaths', async () => {
    const { quarantine, story, published } = bench();
    assert.equal(await quarantine.admit(delivery(2, { expiration: '5' }), new Error('out of memory')), 'ack');
    assert.deepEqual(story, ['ensured q.dead', 'published to q.dead', 'quarantined 3 in q.dead']);
    const [copy] = published;
    assert.deepEqual(copy?.properties, { persistent: true });
    const headers = decodeFieldTable(copy.headers);
    assert.deepEqual(
      [
        DEATH_HEADERS.deaths,
        DEATH_HEADERS.queue,
        DEATH_HEADERS.consumer,
        DEATH_HEADERS.cause,
        DEATH_HEADERS.diedAt,
      ].map((name) => headers[name]),
      [3, 'q', 'Killer', 'out of memory', new Date(0)],
    );
    assert.equal(headers[DEATH_HEADERS.expiration], '5');
  });

  test('is put aside whatever its thread said as it died, and however long the name of its queue is', async () => {
    const queue = 'ü'.repeat(127);
    const { quarantine, published } = bench({ queue });
    assert.equal(await quarantine.admit(delivery(2), new Error('x'.repeat(100_000))), 'ack');
    const [copy] = published;
    assert.equal(copy?.routingKey, `${'ü'.repeat(125)}.dead`);
    assert.equal(decodeFieldTable(copy.headers)[DEATH_HEADERS.cause], 'x'.repeat(1_000));
  });

  test('that comes back from its quarantine is put aside again at its next death', async () => {
    const { quarantine, story } = bench();
    await quarantine.admit(delivery(3), new Error('again'));
    assert.deepEqual(story.at(-1), 'quarantined 4 in q.dead');
  });

  test('goes back as any failure does when its copy is refused, or there is no place for it', async () => {
    assert.equal(await bench({ publish: refuse }).quarantine.admit(delivery(0), new Error('x')), 'rejectRequeue');
    const { quarantine, story } = bench({ ensureQueue: refuse });
    assert.equal(await quarantine.admit(delivery(2), new Error('x')), 'rejectRequeue');
    assert.deepEqual(story, []);
  });
});
