import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Delivery } from '../../../src/dispatcher/delivery.js';
import { DeliveryFeed } from '../../../src/dispatcher/delivery-events.js';
import { logDeliveries } from '../../../src/dispatcher/delivery-log.js';
import type { Slot } from '../../../src/dispatcher/slot.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';
import { makeSlot } from './fake-session.js';

const WARN = 40;
/** Of the delivery with tag 7 on the second instance, whose thread is 3. */
const FIELDS = { queue: 'q', consumer: 'Email', instance: 1, thread: 3, deliveryTag: 7, redelivered: false };

/** What is logged at `info` when these events come. */
function logged(emit: (feed: DeliveryFeed, delivery: Delivery, slot: Slot) => void): (JsonRecord | undefined)[] {
  const lines: (JsonRecord | undefined)[] = [];
  const logger = pino(
    { level: 'info', base: null, timestamp: false },
    { write: (line) => void lines.push(parseRecord(line)) },
  );
  const feed = new DeliveryFeed();
  logDeliveries(feed, logger, { queue: 'q', consumer: 'Email' });
  const slot = makeSlot(1, 3);
  const handedTo = { slot, ticket: { cell: 0, generation: 0 }, atMs: 0, place: 1 };
  const delivery: Delivery = {
    message: makeMessage(7),
    epoch: new FakeEpoch(),
    receivedAtMs: 0,
    isAllowed: true,
    state: 'handed',
    handedTo,
  };
  emit(feed, delivery, slot);
  return lines;
}

describe('the log of deliveries warns', () => {
  test('of one that nears the time that the broker waits for its answer', () => {
    const timeout = { ms: 1_800_000, isWritten: false, response: 'closes', isCertain: true } as const;
    const msg =
      'not answered yet: by default 30 minutes after it delivered a message, the broker closes the channel, and all messages that run on it come again';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.overdue.emit({ delivery, slot, timeout })),
      [{ level: WARN, ...FIELDS, msg }],
    );
  });

  test('of one that nears the time after which the broker takes back it alone', () => {
    const timeout = { ms: 2_000, isWritten: true, response: 'cancels', isCertain: true } as const;
    const msg =
      'not answered yet: 2000 ms after it delivered a message, the broker cancels the consumer and takes this one message back, which comes again';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.overdue.emit({ delivery, slot, timeout })),
      [{ level: WARN, ...FIELDS, msg }],
    );
  });

  test('of one that the broker has taken back while it ran', () => {
    assert.deepEqual(
      logged((feed, delivery) => feed.takenBack.emit({ delivery, reason: 'the broker took it back' })),
      [{ level: WARN, ...FIELDS, code: 'DELIVERY_LOST', msg: 'runs again: the broker took it back' }],
    );
  });

  test('of one that runs for longer than its soft timeout', () => {
    const msg = 'runs for longer than timeout.soft: its signal aborts';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.expired.emit({ delivery, slot })),
      [{ level: WARN, ...FIELDS, code: 'DELIVERY_TIMEOUT', msg }],
    );
  });

  test('of one that runs again through no fault of its own, and not of one that had not begun', () => {
    const lines = logged((feed, delivery) => {
      for (const hasBegun of [true, false]) feed.released.emit({ delivery, reason: 'its thread died', hasBegun });
    });
    assert.deepEqual(lines, [{ level: WARN, ...FIELDS, msg: 'runs again: its thread died' }]);
  });
});
