import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { ConsumerDecision } from '../../../src/bridge/index.js';
import type { Delivery, Slot } from '../../../src/dispatch/delivery.js';
import { DeliveryFeed } from '../../../src/dispatch/delivery-events.js';
import { DeliveryLog } from '../../../src/dispatch/delivery-log.js';
import { DeliveryError } from '../../../src/errors/index.js';
import type { FailureOutcome } from '../../../src/failures/index.js';
import { type MessageParts, wireMessage } from '../../support/amqp/wire-message.js';
import { type JsonRecord, parseRecord } from '../../support/json-record.js';
import { makeDelivery } from './fake-flow.js';
import { makeSlot, SteppedWorker } from './stepped-worker.js';

const INFO = 30;
const WARN = 40;
const ERROR = 50;
/** The fields of the delivery with tag 7 on the second instance, on thread 3. */
const FIELDS = {
  queue: 'q',
  consumer: 'Email',
  instance: 1,
  thread: 3,
  deliveryTag: 7,
  redelivered: false,
  messageId: 'm-1',
  correlationId: 'c-1',
  routingKey: 'mail.new',
};
const BOOM = Object.assign(new TypeError('boom'), { code: 'E_BOOM' });
const DEAD: FailureOutcome = { kind: 'put_aside', queue: 'q.dead', reason: 'exhausted', attempt: 3, deaths: 0 };
const RETRIED: FailureOutcome = { kind: 'retried', attempt: 1, of: 3, delayMs: 200 };

/** The log lines for these events, with only the message of errors. */
function logged(
  emit: (feed: DeliveryFeed, delivery: Delivery, slot: Slot, log: DeliveryLog) => void,
  parts: MessageParts = {},
): (JsonRecord | undefined)[] {
  const lines: (JsonRecord | undefined)[] = [];
  const serializers = { err: ({ message }: Error) => message };
  const logger = pino(
    { level: 'info', base: null, timestamp: false, serializers },
    { write: (line) => void lines.push(parseRecord(line)) },
  );
  const feed = new DeliveryFeed();
  const log = new DeliveryLog({ feed, logger, entry: { queue: 'q', consumer: 'Email' }, nowMs: () => 0 });
  const slot = makeSlot(1, 3);
  const properties = { messageId: 'm-1', correlationId: 'c-1' };
  emit(feed, deliver(slot, { deliveryTag: 7, routingKey: 'mail.new', properties, ...parts }), slot, log);
  return lines;
}

function deliver(slot: Slot, parts: MessageParts): Delivery {
  const delivery = makeDelivery({ message: wireMessage(parts) });
  slot.link = new SteppedWorker([slot]).link;
  slot.take(delivery, 0);
  return delivery;
}

/** The log lines of a failure and its outcome. */
function decided(outcome: FailureOutcome, decision?: ConsumerDecision): (JsonRecord | undefined)[] {
  return logged((feed, delivery) => fail(feed, delivery, outcome, decision));
}

function fail(
  feed: DeliveryFeed,
  delivery: Delivery,
  outcome: FailureOutcome,
  decision?: ConsumerDecision,
  error: Error = BOOM,
): void {
  feed.failed.emit({ delivery, failure: { kind: 'thrown', error, decision, seenMsAgo: 0 }, awaitsOutcome: true });
  feed.concluded.emit({ delivery, outcome });
}

describe('a failure is logged in one line', () => {
  const cases: readonly [string, FailureOutcome, ConsumerDecision | undefined, JsonRecord][] = [
    [
      'an error if the message returns',
      { kind: 'requeued' },
      undefined,
      { level: ERROR, err: 'boom', msg: 'consume failed: boom' },
    ],
    [
      'a warning if it is retried',
      RETRIED,
      undefined,
      { level: WARN, err: 'boom', attempt: 1, waitMs: 200, msg: 'attempt 1 of 3 failed; retrying in 200 ms: boom' },
    ],
    [
      'a warning without the stack if its consumer asked for the retry',
      { ...RETRIED, of: undefined },
      { type: 'retry' },
      {
        level: WARN,
        decision: 'retry',
        attempt: 1,
        waitMs: 200,
        msg: 'attempt 1 failed; retrying in 200 ms: boom',
      },
    ],
    [
      'a warning if a thread died',
      { kind: 'counted', deaths: 1, maxDeaths: 3 },
      undefined,
      {
        level: WARN,
        deaths: 1,
        msg: 'requeued: thread death 1 of 3: boom',
      },
    ],
    [
      'an error if it is dead',
      DEAD,
      undefined,
      {
        level: ERROR,
        reason: 'exhausted',
        attempt: 3,
        deaths: 0,
        deadQueue: 'q.dead',
        code: 'MESSAGE_DEAD',
        err: 'boom',
        msg: 'put into "q.dead": all 3 attempts failed: boom',
      },
    ],
    [
      'an error if it is dead after two attempts',
      { ...DEAD, attempt: 2 },
      undefined,
      {
        level: ERROR,
        reason: 'exhausted',
        attempt: 2,
        deaths: 0,
        deadQueue: 'q.dead',
        code: 'MESSAGE_DEAD',
        err: 'boom',
        msg: 'put into "q.dead": both attempts failed: boom',
      },
    ],
    [
      'a warning if its consumer rejected it, and the dead-letter exchange leads nowhere',
      { kind: 'put_aside', queue: 'q.dead', unrouted: 'graves', reason: 'rejected', attempt: 1, deaths: 0 },
      { type: 'reject' },
      {
        level: WARN,
        reason: 'rejected',
        attempt: 1,
        deaths: 0,
        deadQueue: 'q.dead',
        code: 'MESSAGE_DEAD',
        decision: 'reject',
        msg: 'put into "q.dead" because dead-letter exchange "graves" routed it to no queue: its consumer rejected it: boom',
      },
    ],
    [
      'an info line if its consumer rejected it',
      { kind: 'dead_lettered', exchange: 'graves', reason: 'rejected', attempt: 1, deaths: 0 },
      { type: 'reject' },
      {
        level: INFO,
        reason: 'rejected',
        attempt: 1,
        deaths: 0,
        code: 'MESSAGE_DEAD',
        decision: 'reject',
        msg: 'published to dead-letter exchange "graves": its consumer rejected it: boom',
      },
    ],
    [
      'an error with the validation errors if it is invalid',
      { kind: 'discarded', reason: 'invalid', attempt: 0, deaths: 0 },
      { type: 'invalid', errors: ['/a must be string'] },
      {
        level: ERROR,
        reason: 'invalid',
        attempt: 0,
        deaths: 0,
        code: 'MESSAGE_INVALID',
        decision: 'invalid',
        validationErrors: ['/a must be string'],
        msg: 'discarded: it is invalid: boom',
      },
    ],
    [
      'a warning with the validation errors if a stream passes it',
      { kind: 'requeued' },
      { type: 'invalid', errors: ['/a must be string'] },
      {
        level: WARN,
        code: 'MESSAGE_INVALID',
        decision: 'invalid',
        validationErrors: ['/a must be string'],
        msg: 'invalid: boom',
      },
    ],
    [
      'an info line if its consumer decided and a stream passes it',
      { kind: 'requeued' },
      { type: 'reject' },
      { level: INFO, decision: 'reject', msg: 'reject: boom' },
    ],
  ];
  for (const [what, outcome, decision, line] of cases) {
    test(what, () => {
      assert.deepEqual(
        decided(outcome, decision).map((each) => ({ ...each, code: each?.['code'] ?? null })),
        [{ ...FIELDS, ...line, code: line['code'] ?? null }],
      );
    });
  }

  test('if its message was answered before', () => {
    const failure = { kind: 'thrown', error: BOOM, seenMsAgo: 0 } as const;
    const lines = logged((feed, delivery) => {
      delivery.state = 'settled';
      feed.failed.emit({ delivery, failure, awaitsOutcome: false });
    });
    assert.deepEqual(lines, [{ level: ERROR, ...FIELDS, err: 'boom', msg: 'consume failed: boom' }]);
  });

  test('if the channel closes before its outcome is known', () => {
    const failure = { kind: 'thrown', error: BOOM, seenMsAgo: 0 } as const;
    const lines = logged((feed, delivery) => {
      feed.failed.emit({ delivery, failure, awaitsOutcome: true });
      delivery.state = 'lost';
      feed.lost.emit({ delivery, reason: 'the channel was closed' });
    });
    assert.deepEqual(lines, [{ level: ERROR, ...FIELDS, err: 'boom', msg: 'consume failed: boom' }]);
  });
});

describe('a message that ran when its channel closed', () => {
  const lost = new DeliveryError('DELIVERY_LOST', 'answer refused');
  const failures: readonly [string, Error, number][] = [
    ['whose answer was refused', lost, 0],
    ['whose call ended when its signal aborted', Object.assign(new Error('aborted'), { name: 'AbortError' }), 0],
    ['whose consumer wrapped that error', new Error('cannot send', { cause: lost }), 0],
    ['whose consumer threw another error', BOOM, 1],
  ];
  for (const [what, error, lines] of failures) {
    test(`${what}: ${lines === 0 ? 'no line' : 'a line'} at info`, () => {
      const written = logged((feed, delivery) => {
        delivery.state = 'lost';
        feed.failed.emit({ delivery, failure: { kind: 'thrown', error, seenMsAgo: 0 }, awaitsOutcome: false });
      });
      assert.equal(written.length, lines);
    });
  }
});

describe('equal failures of one entry', () => {
  test('share a line after the first five, until the daemon stops or ten seconds have passed', () => {
    const lines = logged((feed, delivery, _slot, log) => {
      for (let n = 0; n < 817; n++) fail(feed, delivery, { kind: 'requeued' });
      log.flush();
    });
    assert.equal(lines.length, 6);
    assert.deepEqual(lines[5], {
      level: ERROR,
      queue: 'q',
      consumer: 'Email',
      repeated: 812,
      msg: '812 more like this in 1 s: consume failed: boom',
    });
  });

  test('share a line if only their numbers differ, but not with other errors', () => {
    const lines = logged((feed, delivery) => {
      for (let n = 0; n < 50; n++) fail(feed, delivery, RETRIED, undefined, new Error(`no user ${n}`));
      fail(feed, delivery, RETRIED, undefined, new Error('no mail'));
      fail(feed, delivery, RETRIED, undefined, new TypeError('no mail'));
    });
    assert.equal(lines.length, 7);
  });

  test('keep their own lines when messages are dead, without the stack after the first five', () => {
    const lines = logged((feed, delivery) => {
      for (let n = 0; n < 20; n++) fail(feed, delivery, DEAD);
    });
    assert.equal(lines.length, 20);
    assert.deepEqual(
      lines.map((line) => [line?.['messageId'], line?.['err'] !== undefined]),
      Array.from({ length: 20 }, (_, index) => ['m-1', index < 5]),
    );
  });
});

describe('a line about a message', () => {
  test('omits absent values', () => {
    const [line] = logged(
      (feed, delivery) => feed.released.emit({ delivery, reason: 'its thread died', hasBegun: true }),
      { routingKey: '', properties: {} },
    );
    const { messageId: _id, correlationId: _correlation, routingKey: _key, ...rest } = FIELDS;
    assert.deepEqual(line, { level: WARN, ...rest, msg: 'requeued: its thread died' });
  });

  test('is written even if the properties are unreadable', () => {
    const [line] = logged((feed, delivery) => {
      delivery.message.properties.fill(0xff);
      feed.released.emit({ delivery, reason: 'its thread died', hasBegun: true });
    });
    assert.deepEqual([line?.['messageId'], line?.['routingKey']], [undefined, 'mail.new']);
  });
});

describe('the delivery log warns', () => {
  test('about a message near the time limit of the broker', () => {
    const timeout = { ms: 1_800_000, isWritten: false, response: 'closes', isCertain: true } as const;
    const msg =
      'still unanswered: the broker closes the channel by default 30 minutes after a delivery and redelivers every message that runs on it';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.overdue.emit({ delivery, slot, timeout })),
      [{ level: WARN, ...FIELDS, msg }],
    );
  });

  test('about a message near the limit after which the broker takes back that message alone', () => {
    const timeout = { ms: 2_000, isWritten: true, response: 'cancels', isCertain: true } as const;
    const msg =
      'still unanswered: the broker cancels the consumer 2000 ms after a delivery and redelivers this message';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.overdue.emit({ delivery, slot, timeout })),
      [{ level: WARN, ...FIELDS, msg }],
    );
  });

  test('about a message that the broker took back while it ran', () => {
    assert.deepEqual(
      logged((feed, delivery) => feed.takenBack.emit({ delivery, reason: 'the broker took it back' })),
      [{ level: WARN, ...FIELDS, code: 'DELIVERY_LOST', msg: 'requeued: the broker took it back' }],
    );
  });

  test('about a message that exceeds its soft timeout', () => {
    const msg = 'outlasted timeout.soft: aborting its signal';
    assert.deepEqual(
      logged((feed, delivery, slot) => feed.expired.emit({ delivery, slot })),
      [{ level: WARN, ...FIELDS, code: 'DELIVERY_TIMEOUT', msg }],
    );
  });

  test('about a message that runs again without a failure of its own, but not about an unbegun one', () => {
    const lines = logged((feed, delivery) => {
      for (const hasBegun of [true, false]) feed.released.emit({ delivery, reason: 'its thread died', hasBegun });
    });
    assert.deepEqual(lines, [{ level: WARN, ...FIELDS, msg: 'requeued: its thread died' }]);
  });
});
