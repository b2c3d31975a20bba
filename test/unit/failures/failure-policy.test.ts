import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import {
  decodeFieldTable,
  encodeFieldTable,
  type FieldTable,
  type Publish,
  type ReceivedMessage,
} from '../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { DeliveryError, MessageTooLarge } from '../../../src/errors/index.js';
import { DeadLetterExchange } from '../../../src/failures/dead-letter/dead-letter-exchange.js';
import { DeadQueue } from '../../../src/failures/dead-letter/dead-queue.js';
import { DeliveryLimit } from '../../../src/failures/delivery-limit.js';
import type { Failure, FailureOutcome } from '../../../src/failures/failure.js';
import { FailurePolicy, type FailurePolicyOptions } from '../../../src/failures/failure-policy.js';
import { DelayQueues } from '../../../src/failures/retry/delay-queues.js';
import type { RetryPlan } from '../../../src/failures/retry/retry-schedule.js';
import { type MessageParts, wireMessage } from '../../support/amqp/wire-message.js';

const PLAN: RetryPlan = {
  attempts: 3,
  delayMs: 1_000,
  backoff: 'exponential',
  factor: 4,
  maxDelayMs: 600_000,
  jitter: 0.2,
};

const now = (): Date => new Date(100_000);

type Ports = Pick<FailurePolicyOptions, 'publish'> & {
  readonly queue: string;
  /** The queue's dead-letter exchange. */
  readonly exchange: string;
  /** The queue's delivery limit. */
  readonly limit: number;
  readonly ensureQueue: (queue: string, args: object) => Promise<void>;
};

function policyOf(options: Partial<FailurePolicyOptions> & Partial<Ports> = {}) {
  const story: string[] = [];
  const published: Publish[] = [];
  const {
    queue = 'q',
    exchange,
    limit,
    ensureQueue = async (name) => void story.push(`ensured ${name}`),
    publish = async (copy) => {
      const where = copy.exchange === '' ? copy.routingKey : `${copy.exchange}/${copy.routingKey}`;
      story.push(`published to ${where}`);
      published.push(copy);
    },
    ...rest
  } = options;
  const shared = { queue, type: undefined, publish, ensureQueue };
  const waits: number[] = [];
  const policy = new FailurePolicy({
    queue,
    consumer: 'Killer',
    host: 'here',
    retry: undefined,
    onExhausted: 'dead_letter',
    maxDeaths: 3,
    deliveryLimit: new DeliveryLimit({
      written: limit,
      isUnlimited: false,
      hasDefault: () => false,
      ignoresNacks: () => false,
    }),
    deadLetterExchange:
      exchange === undefined
        ? undefined
        : new DeadLetterExchange({
            queue,
            exchange,
            routingKey: undefined,
            publish,
            now,
            namesLastDeath: () => false,
          }),
    delayQueues: new DelayQueues({ ...shared, nowMs: () => 0 }),
    deadQueue: new DeadQueue(shared),
    publish,
    logger: pino({ level: 'silent' }),
    now,
    random: () => 0.5,
    pause: async (ms) => void waits.push(ms),
    ...rest,
  });
  const over = new AbortController();
  const decide = (failed: ReceivedMessage, failure: Failure): FailureOutcome | Promise<FailureOutcome> =>
    policy.decide(failed, failure, over.signal);
  const renew = (near: ReceivedMessage): Promise<FailureOutcome> => policy.renew(near, over.signal);
  const endAtLimit = (spent: ReceivedMessage, error: Error): Promise<FailureOutcome> =>
    policy.endAtLimit(spent, error, over.signal);
  return { policy: { decide, renew, endAtLimit }, story, published, waits, over };
}

async function refuse(): Promise<void> {
  throw new Error('refused');
}

/** The error that amqplib raises when the broker closes a channel. */
function brokerError(code: number): Error {
  return Object.assign(new Error(`closed by the broker: ${code}`), { code });
}

/** A publish that fails for one exchange only. */
function failingTo(exchange: string, error: Error): (publish: Publish) => Promise<void> {
  return async (copy) => {
    if (copy.exchange === exchange) throw error;
  };
}

const thrown: Failure = { kind: 'thrown', error: new TypeError('no such user'), seenMsAgo: 5_000 };
const timedOut: Failure = { kind: 'timeout', error: new Error('outlasted timeout.hard'), seenMsAgo: 5_000 };
const died: Failure = { kind: 'died', error: new Error('out of memory'), seenMsAgo: 5_000 };

function message(record: FieldTable = {}, parts: MessageParts = {}): ReceivedMessage {
  return wireMessage({ exchange: 'jobs', routingKey: 'a.b', headers: encodeFieldTable(record), ...parts });
}

function headersOf(publish: Publish | undefined): FieldTable {
  assert.ok(publish !== undefined);
  return decodeFieldTable(publish.headers);
}

describe('a failed message', () => {
  test('returns at once and synchronously when the file has no retry', () => {
    assert.deepEqual(policyOf().policy.decide(message(), thrown), { kind: 'requeued' });
  });

  test('waits in a delay queue with its attempt count, its route and its first arrival', async () => {
    const { policy, story, published } = policyOf({ retry: PLAN });
    const given = message({ own: 1 }, { properties: { messageId: 'm', expiration: '9000' } });
    assert.deepEqual(await policy.decide(given, thrown), { kind: 'retried', attempt: 1, of: 3, delayMs: 900 });
    assert.deepEqual(story, ['ensured q.retry.1000', 'published to q.retry.1000']);
    assert.equal(published[0]?.properties.expiration, '900');
    assert.equal(published[0]?.properties.messageId, 'm');
    assert.equal(published[0]?.mandatory, true);
    assert.deepEqual(headersOf(published[0]), {
      own: 1,
      [RECORD_HEADERS.exchange]: 'jobs',
      [RECORD_HEADERS.routingKey]: 'a.b',
      [RECORD_HEADERS.expiration]: '9000',
      [RECORD_HEADERS.attempts]: 1,
      [RECORD_HEADERS.firstSeen]: new Date(95_000),
    });
  });

  test('continues the count and the first arrival in its record', async () => {
    const { policy, published } = policyOf({ retry: PLAN });
    const firstSeen = new Date(7_000);
    const given = message({ [RECORD_HEADERS.attempts]: 1, [RECORD_HEADERS.firstSeen]: firstSeen });
    assert.deepEqual(await policy.decide(given, thrown), { kind: 'retried', attempt: 2, of: 3, delayMs: 3_600 });
    const headers = headersOf(published[0]);
    assert.deepEqual([headers[RECORD_HEADERS.attempts], headers[RECORD_HEADERS.firstSeen]], [2, firstSeen]);
  });

  test('is put aside after its last attempt, with all that is known', async () => {
    const { policy, story, published } = policyOf({ retry: PLAN });
    const given = message({ [RECORD_HEADERS.attempts]: 2 }, { properties: { expiration: '9000' } });
    const outcome = await policy.decide(given, thrown);
    assert.deepEqual(outcome, { kind: 'put_aside', reason: 'exhausted', attempt: 3, deaths: 0, queue: 'q.dead' });
    assert.deepEqual(story, ['ensured q.dead', 'published to q.dead']);
    assert.deepEqual(published[0]?.properties, { persistent: true });
    const { [RECORD_HEADERS.stack]: stack, ...headers } = headersOf(published[0]);
    assert.ok(typeof stack === 'string');
    assert.match(stack, /^TypeError: no such user\n {4}at /);
    assert.deepEqual(headers, {
      [RECORD_HEADERS.exchange]: 'jobs',
      [RECORD_HEADERS.routingKey]: 'a.b',
      [RECORD_HEADERS.expiration]: '9000',
      [RECORD_HEADERS.attempts]: 3,
      [RECORD_HEADERS.firstSeen]: new Date(95_000),
      [RECORD_HEADERS.queue]: 'q',
      [RECORD_HEADERS.consumer]: 'Killer',
      [RECORD_HEADERS.reason]: 'exhausted',
      [RECORD_HEADERS.cause]: 'no such user',
      [RECORD_HEADERS.errorType]: 'TypeError',
      [RECORD_HEADERS.host]: 'here',
      [RECORD_HEADERS.diedAt]: new Date(100_000),
    });
  });

  test('goes to the dead-letter exchange with its record and the death that the broker would note', async () => {
    const last = message({ [RECORD_HEADERS.attempts]: 2 }, { properties: { expiration: '9000' } });
    const { policy, story, published } = policyOf({ retry: PLAN, exchange: 'dlx' });
    const ended = { reason: 'exhausted', attempt: 3, deaths: 0 };
    assert.deepEqual(await policy.decide(last, thrown), { kind: 'dead_lettered', ...ended, exchange: 'dlx' });
    assert.deepEqual(story, ['published to dlx/a.b']);
    const [copy] = published;
    assert.deepEqual([copy?.mandatory, copy?.properties.expiration], [true, undefined]);
    const headers = headersOf(copy);
    assert.deepEqual([headers[RECORD_HEADERS.reason], headers[RECORD_HEADERS.cause]], ['exhausted', 'no such user']);
    const death = { count: 1, reason: 'rejected', queue: 'q', time: now(), exchange: 'jobs', 'routing-keys': ['a.b'] };
    assert.deepEqual(headers['x-death'], [{ ...death, 'original-expiration': '9000' }]);
  });

  test('is dropped where the file says so, with or without a dead-letter exchange', async () => {
    const last = message({ [RECORD_HEADERS.attempts]: 2 });
    const { policy, published } = policyOf({ retry: PLAN, onExhausted: 'discard', exchange: 'dlx' });
    const ended = { reason: 'exhausted', attempt: 3, deaths: 0 };
    assert.deepEqual(await policy.decide(last, thrown), { kind: 'discarded', ...ended });
    assert.deepEqual(published, []);
  });

  const nowhere = [
    ['that routes it nowhere', new DeliveryError('PUBLISH_UNROUTABLE', 'no queue took it')],
    ['that does not exist', new DeliveryError('PUBLISH_REFUSED', 'no', { cause: brokerError(404) })],
  ] as const;
  for (const [which, error] of nowhere) {
    test(`goes to QUEUE.dead when its queue has a dead-letter exchange ${which}`, async () => {
      const last = message({ [RECORD_HEADERS.attempts]: 2 });
      const { policy, published } = policyOf({ retry: PLAN, exchange: 'dlx', publish: failingTo('dlx', error) });
      const ended = { reason: 'exhausted', attempt: 3, deaths: 0 };
      const outcome = await policy.decide(last, thrown);
      assert.deepEqual(outcome, { kind: 'put_aside', ...ended, queue: 'q.dead', unrouted: 'dlx' });
      assert.deepEqual(published, []);
    });
  }

  for (const [who, error] of [
    [
      'only the broker may publish to the dead-letter exchange',
      new DeliveryError('PUBLISH_REFUSED', 'no', { cause: brokerError(403) }),
    ],
    ['it is too large to publish', new MessageTooLarge('17 bytes of 16')],
  ] as const) {
    test(`is left to the broker when ${who}`, async () => {
      const last = message({ [RECORD_HEADERS.attempts]: 2 });
      const { policy } = policyOf({ retry: PLAN, exchange: 'dlx', publish: failingTo('dlx', error) });
      const outcome = await policy.decide(last, thrown);
      const ended = { reason: 'exhausted', attempt: 3, deaths: 0 };
      assert.deepEqual(outcome, { kind: 'dead_lettered_by_broker', ...ended, exchange: 'dlx' });
    });
  }

  test('is kept with growing waits while its copy is refused, and uses up no attempt', async () => {
    for (const refused of ['publish', 'ensureQueue'] as const) {
      const refusals = [refuse, refuse, refuse, refuse];
      const { policy, waits } = policyOf({ retry: PLAN, [refused]: async () => refusals.pop()?.() });
      assert.deepEqual(await policy.decide(message(), thrown), { kind: 'retried', attempt: 1, of: 3, delayMs: 900 });
      assert.deepEqual(waits, [50, 100, 200, 400]);
    }
  });

  test('is copied once and returned after five minutes when every broker would refuse the copy', async () => {
    for (const error of [
      new MessageTooLarge('its body has 17 bytes, and max_message_size of the broker is 16'),
      new DeliveryError('PUBLISH_INVALID', 'headers have 131080 bytes'),
    ]) {
      let tries = 0;
      const { policy, waits, over } = policyOf({
        retry: PLAN,
        publish: async () => {
          tries++;
          throw error;
        },
      });
      assert.deepEqual(await policy.decide(message(), thrown), { kind: 'requeued' });
      assert.deepEqual([tries, waits], [1, [300_000]]);
      over.abort();
      assert.deepEqual(await policy.decide(message(), thrown), { kind: 'requeued' });
    }
  });

  test('is kept for good when no copy is possible and the next return would drop it', async () => {
    const refusals = Array.from({ length: 3 }, () => new MessageTooLarge('17 bytes of 16'));
    const { policy, waits } = policyOf({
      limit: 5,
      publish: async () => {
        const refusal = refusals.pop();
        if (refusal !== undefined) throw refusal;
      },
    });
    const spent = message({ 'x-delivery-count': 5 }, { redelivered: true });
    const outcome = await policy.endAtLimit(spent, new Error('fails'));
    assert.equal(outcome.kind, 'put_aside');
    assert.deepEqual(waits, [300_000, 300_000, 300_000]);
  });

  test('records its first arrival, however long it was kept', async () => {
    let isRefused = true;
    let ms = 100_000;
    const { policy, published } = policyOf({
      retry: PLAN,
      now: () => new Date(ms),
      pause: async () => {
        isRefused = false;
        ms += 60_000;
      },
      publish: async (copy) => (isRefused ? refuse() : void published.push(copy)),
    });
    await policy.decide(message(), thrown);
    assert.deepEqual(headersOf(published[0])[RECORD_HEADERS.firstSeen], new Date(95_000));
  });

  test('returns unchanged after five minutes without a copy', async () => {
    const { policy, waits } = policyOf({ retry: PLAN, publish: refuse });
    assert.deepEqual(await policy.decide(message(), thrown), { kind: 'requeued' });
    const keptMs = waits.reduce((sum, each) => sum + each, 0);
    assert.ok(keptMs > 280_000 && keptMs < 300_000, `${keptMs} ms`);
    assert.equal(Math.max(...waits), 15_000);
  });

  test('returns unchanged without another copy when its channel closes or the daemon stops', async () => {
    let copies = 0;
    const publish = async (): Promise<void> => {
      copies++;
      await refuse();
    };
    const { policy, over, waits } = policyOf({ retry: PLAN, publish, pause: async () => over.abort() });
    assert.deepEqual(await policy.decide(message(), thrown), { kind: 'requeued' });
    assert.deepEqual(await policy.decide(message(), thrown), { kind: 'requeued' });
    assert.deepEqual([copies, waits], [2, []]);
  });

  test('has its delay queue declared again after the queue took no message', async () => {
    const story: string[] = [];
    const { policy, over } = policyOf({
      retry: PLAN,
      ensureQueue: async (name) => void story.push(name),
      publish: refuse,
      pause: async () => {
        if (story.length === 3) over.abort();
      },
    });
    await policy.decide(message(), thrown);
    assert.deepEqual(story, ['q.retry.1000', 'q.retry.1000', 'q.retry.1000']);
  });

  test('loses its x-death header, or the broker would see the way back as a cycle', async () => {
    const { policy, published } = policyOf({ retry: PLAN });
    const given = message({ own: 1, 'x-death': [{ queue: 'q', reason: 'expired', count: 1 }] });
    assert.equal((await policy.decide(given, thrown)).kind, 'retried');
    const { own, 'x-death': deaths } = headersOf(published[0]);
    assert.deepEqual([own, deaths], [1, undefined]);
  });

  test('is put aside whatever its error says, and however long its queue is named', async () => {
    const queue = 'ü'.repeat(127);
    const { policy, published } = policyOf({ queue, retry: { ...PLAN, attempts: 1 } });
    await policy.decide(message(), { ...thrown, error: new Error('ü'.repeat(100_000)) });
    assert.equal(published[0]?.routingKey, `${'ü'.repeat(125)}.dead`);
    const headers = headersOf(published[0]);
    assert.equal(headers[RECORD_HEADERS.cause], 'ü'.repeat(500));
    const stack = headers[RECORD_HEADERS.stack];
    assert.ok(typeof stack === 'string' && Buffer.byteLength(stack) <= 8192);
  });
});

describe('a consumer', () => {
  test('that throws Reject has its message put aside at once, with or without retry', async () => {
    for (const retry of [undefined, PLAN]) {
      const { policy } = policyOf({ retry });
      const outcome = await policy.decide(message(), { ...thrown, decision: { type: 'reject' } });
      assert.deepEqual(outcome, { kind: 'put_aside', reason: 'rejected', attempt: 1, deaths: 0, queue: 'q.dead' });
    }
  });

  test('that throws Retry chooses the wait, and the attempts still count', async () => {
    const { policy, story, published } = policyOf({ retry: PLAN });
    const asked: Failure = { ...thrown, decision: { type: 'retry', delayMs: 37_123 } };
    assert.deepEqual(await policy.decide(message(), asked), { kind: 'retried', attempt: 1, of: 3, delayMs: 37_123 });
    assert.deepEqual(story, ['ensured q.retry.38000', 'published to q.retry.38000']);
    assert.equal(published[0]?.properties.expiration, '37123');
    const last = message({ [RECORD_HEADERS.attempts]: 2 });
    assert.equal((await policy.decide(last, asked)).kind, 'put_aside');
  });

  test('that throws Retry without retry in the file has unlimited attempts with growing waits', async () => {
    const { policy } = policyOf();
    const asked: Failure = { ...thrown, decision: { type: 'retry' } };
    const outcomes = [0, 1, 99].map(async (attempts) =>
      policy.decide(message({ [RECORD_HEADERS.attempts]: attempts }), asked),
    );
    assert.deepEqual(
      (await Promise.all(outcomes)).map((outcome) => outcome.kind === 'retried' && outcome.delayMs),
      [900, 3_600, 540_000],
    );
  });

  test('that throws Retry with no wait has the copy go straight to its queue', async () => {
    const { policy, story, published } = policyOf({ retry: PLAN });
    const given = message({}, { properties: { expiration: '9000' } });
    await policy.decide(given, { ...thrown, decision: { type: 'retry', delayMs: 0 } });
    assert.deepEqual(story, ['published to q']);
    assert.equal(published[0]?.properties.expiration, undefined);
    assert.equal(headersOf(published[0])[RECORD_HEADERS.expiration], '9000');
  });
});

describe('an invalid message', () => {
  const errors = ['/user must be string', "the body must have required property 'id'"];
  const invalid: Failure = {
    kind: 'thrown',
    error: Object.assign(new Error('/user must be string (and 1 more)'), { code: 'MESSAGE_INVALID' }),
    decision: { type: 'invalid', errors },
    seenMsAgo: 5_000,
  };

  test('is put aside at once with its validation errors, and costs no attempt', async () => {
    for (const [retry, before] of [
      [undefined, 0],
      [PLAN, 2],
    ] as const) {
      const { policy, published } = policyOf({ retry });
      const outcome = await policy.decide(message({ [RECORD_HEADERS.attempts]: before }), invalid);
      assert.deepEqual(outcome, { kind: 'put_aside', reason: 'invalid', attempt: before, deaths: 0, queue: 'q.dead' });
      assert.deepEqual(headersOf(published[0]), {
        [RECORD_HEADERS.exchange]: 'jobs',
        [RECORD_HEADERS.routingKey]: 'a.b',
        [RECORD_HEADERS.attempts]: before,
        [RECORD_HEADERS.firstSeen]: new Date(95_000),
        [RECORD_HEADERS.queue]: 'q',
        [RECORD_HEADERS.consumer]: 'Killer',
        [RECORD_HEADERS.reason]: 'invalid',
        [RECORD_HEADERS.cause]: '/user must be string (and 1 more)',
        [RECORD_HEADERS.errorType]: 'Error MESSAGE_INVALID',
        [RECORD_HEADERS.validationErrors]: errors,
        [RECORD_HEADERS.host]: 'here',
        [RECORD_HEADERS.diedAt]: new Date(100_000),
      });
    }
  });

  test('goes to the dead-letter exchange where the queue has one', async () => {
    const ended = { reason: 'invalid', attempt: 0, deaths: 0 };
    const own = policyOf({ exchange: 'dlx' });
    assert.deepEqual(await own.policy.decide(message(), invalid), { kind: 'dead_lettered', ...ended, exchange: 'dlx' });
    assert.deepEqual(headersOf(own.published[0])[RECORD_HEADERS.validationErrors], errors);
    const dropping = policyOf({ onExhausted: 'discard' });
    assert.deepEqual(await dropping.policy.decide(message(), invalid), { kind: 'discarded', ...ended });
    assert.deepEqual(dropping.published, []);
  });
});

describe('a message that killed a thread', () => {
  test('returns with its death count, and is put aside at the last death', async () => {
    const { policy, story, published } = policyOf();
    assert.deepEqual(await policy.decide(message(), died), { kind: 'counted', deaths: 1, maxDeaths: 3 });
    const twice = message({ [RECORD_HEADERS.deaths]: 1 });
    assert.deepEqual(await policy.decide(twice, died), { kind: 'counted', deaths: 2, maxDeaths: 3 });
    assert.deepEqual(story, ['published to q', 'published to q']);
    const counts = published.map((each) => headersOf(each)[RECORD_HEADERS.deaths]);
    assert.deepEqual(counts, [1, 2]);
    const last = await policy.decide(message({ [RECORD_HEADERS.deaths]: 2 }), died);
    assert.deepEqual(last, { kind: 'put_aside', reason: 'deaths', attempt: 1, deaths: 3, queue: 'q.dead' });
    assert.equal(headersOf(published[2])[RECORD_HEADERS.cause], 'out of memory');
  });

  test('waits like any failed message where the file has retry, and deaths still count', async () => {
    const { policy, published } = policyOf({ retry: { ...PLAN, attempts: 100 } });
    assert.equal((await policy.decide(message(), died)).kind, 'retried');
    const headers = headersOf(published[0]);
    assert.deepEqual([headers[RECORD_HEADERS.deaths], headers[RECORD_HEADERS.attempts]], [1, 1]);
    assert.equal((await policy.decide(message({ [RECORD_HEADERS.deaths]: 2 }), died)).kind, 'put_aside');
  });

  test('at its hard timeout uses up attempts where the file counts them, and deaths otherwise', async () => {
    const often = message({ [RECORD_HEADERS.deaths]: 5, [RECORD_HEADERS.attempts]: 5 });
    const patient = policyOf({ retry: { ...PLAN, attempts: 7 } });
    assert.equal((await patient.policy.decide(often, timedOut)).kind, 'retried');
    const headers = headersOf(patient.published[0]);
    assert.deepEqual([headers[RECORD_HEADERS.attempts], headers[RECORD_HEADERS.deaths]], [6, 6]);
    const exhausted = await policyOf({ retry: { ...PLAN, attempts: 6 } }).policy.decide(often, timedOut);
    assert.deepEqual([exhausted.kind, 'reason' in exhausted && exhausted.reason], ['put_aside', 'exhausted']);
    const uncounted = await policyOf().policy.decide(often, timedOut);
    assert.deepEqual([uncounted.kind, 'reason' in uncounted && uncounted.reason], ['put_aside', 'deaths']);
  });

  test('is put aside again at its next death after a replay', async () => {
    const { policy } = policyOf();
    assert.equal((await policy.decide(message({ [RECORD_HEADERS.deaths]: 3 }), died)).kind, 'put_aside');
  });

  test('returns without limit when max_deaths is 0', () => {
    assert.deepEqual(policyOf({ maxDeaths: 0 }).policy.decide(message(), died), { kind: 'requeued' });
  });
});

describe('a message at its delivery limit', () => {
  const spent = message({ 'x-delivery-count': 20, own: 1 }, { redelivered: true });

  test('goes to QUEUE.dead at the next throw, even without retry in the file', async () => {
    const { policy, story, published } = policyOf({ limit: 20 });
    const before = message({ 'x-delivery-count': 19 }, { redelivered: true });
    assert.deepEqual(policy.decide(before, thrown), { kind: 'requeued' });
    const ended = { reason: 'delivery-limit', attempt: 21, deaths: 0 };
    assert.deepEqual(await policy.decide(spent, thrown), { kind: 'put_aside', ...ended, queue: 'q.dead' });
    assert.deepEqual(story, ['ensured q.dead', 'published to q.dead']);
    const headers = headersOf(published[0]);
    assert.deepEqual(
      [
        headers[RECORD_HEADERS.attempts],
        headers[RECORD_HEADERS.returns],
        headers[RECORD_HEADERS.cause],
        headers['own'],
      ],
      [21, 20, 'no such user', 1],
    );
    assert.equal(headers['x-delivery-count'], undefined);
  });

  test('goes to the dead-letter exchange with the reason of the broker, whatever on_exhausted says', async () => {
    const { policy, published } = policyOf({ limit: 20, exchange: 'dlx', onExhausted: 'discard' });
    const ended = { reason: 'delivery-limit', attempt: 21, deaths: 0 };
    assert.deepEqual(await policy.decide(spent, thrown), { kind: 'dead_lettered', ...ended, exchange: 'dlx' });
    const deaths = headersOf(published[0])['x-death'];
    const death = { count: 1, reason: 'delivery_limit', queue: 'q', time: now(), exchange: 'jobs' };
    assert.deepEqual(deaths, [{ ...death, 'routing-keys': ['a.b'] }]);
  });

  test('uses up its attempts where the file counts them, because each copy starts a new count', async () => {
    const { policy, published } = policyOf({ limit: 20, retry: PLAN });
    assert.equal((await policy.decide(spent, thrown)).kind, 'retried');
    assert.equal(headersOf(published[0])['x-delivery-count'], undefined);
  });

  test('is kept while its copy is refused, because a return would drop it', async () => {
    const refusals = Array.from({ length: 500 }, () => refuse);
    const { policy, waits } = policyOf({ limit: 20, ensureQueue: async () => refusals.pop()?.() });
    assert.equal((await policy.decide(spent, thrown)).kind, 'put_aside');
    assert.equal(waits.length, 500);
  });
});

describe('a renewed message', () => {
  test('is copied to its own queue with its returns, earlier ones included', async () => {
    const { policy, story, published } = policyOf({ limit: 20 });
    const near = message({ 'x-delivery-count': 15, [RECORD_HEADERS.returns]: 16, own: 1 }, { redelivered: true });
    assert.deepEqual(await policy.renew(near), { kind: 'renewed', returns: 31, limit: 20 });
    assert.deepEqual(story, ['published to q']);
    const { own, 'x-delivery-count': count, [RECORD_HEADERS.returns]: returns } = headersOf(published[0]);
    assert.deepEqual([own, count, returns], [1, undefined, 31]);
  });

  test('stays after five minutes without a copy', async () => {
    const { policy } = policyOf({ limit: 20, publish: refuse });
    const near = message({ 'x-delivery-count': 15 }, { redelivered: true });
    assert.deepEqual(await policy.renew(near), { kind: 'requeued' });
  });

  test('runs at once when every broker would refuse the copy', async () => {
    const { policy, waits } = policyOf({
      limit: 20,
      publish: async () => {
        throw new MessageTooLarge('17 bytes of 16');
      },
    });
    const near = message({ 'x-delivery-count': 15 }, { redelivered: true });
    assert.deepEqual([await policy.renew(near), waits], [{ kind: 'requeued' }, []]);
  });
});
