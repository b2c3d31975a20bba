import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DelayQueues } from '../../../../src/failures/retry/delay-queues.js';
import { askedDelay, type RetryPlan, scheduledDelay } from '../../../../src/failures/retry/retry-schedule.js';

function waits(given: RetryPlan): number[] {
  return [1, 2, 3, 4, 5].map((attempt) => scheduledDelay(given, attempt, () => 0.5).ms);
}

function open(type?: string) {
  const declared: { name: string; args: Record<string, unknown>; atMs: number }[] = [];
  const clock = { nowMs: 0 };
  const queues = new DelayQueues({
    queue: 'q',
    type,
    ensureQueue: async (name, args) => void declared.push({ name, args, atMs: clock.nowMs }),
    nowMs: () => clock.nowMs,
  });
  return { queues, declared, clock };
}

describe('a delay queue', () => {
  test('holds messages for its delay and returns them to their queue', async () => {
    const { queues, declared } = open();
    assert.equal(await queues.open(1_000), 'q.retry.1000');
    assert.deepEqual(declared[0]?.args, {
      'x-queue-type': 'classic',
      'x-message-ttl': 1_000,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'q',
      'x-expires': 122_000,
    });
  });

  test('has the type of a quorum queue, and keeps each message until its target has it', async () => {
    const { queues, declared, clock } = open('quorum');
    await queues.open(1_000);
    const {
      'x-queue-type': type,
      'x-dead-letter-strategy': strategy,
      'x-overflow': overflow,
    } = declared[0]?.args ?? {};
    assert.deepEqual([type, strategy, overflow], ['quorum', 'at-least-once', 'reject-publish']);
    // It would delete itself with its messages, however often it is declared.
    assert.equal(declared[0]?.args['x-expires'], undefined);
    clock.nowMs = 1e9;
    await queues.secure(1_000);
    assert.equal(declared.length, 1);
  });

  test('outlives every message in it, whenever messages come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { maxLength: 30 }),
        async (delayMs, pauses) => {
          const { queues, declared, clock } = open();
          for (const pause of pauses) {
            clock.nowMs += pause * delayMs;
            await queues.open(delayMs);
            const last = declared.at(-1);
            const expiresMs = Number(last?.args['x-expires']);
            assert.ok(expiresMs < 2 ** 32);
            assert.ok((last?.atMs ?? 0) + expiresMs >= clock.nowMs + delayMs, `${clock.nowMs}`);
          }
        },
      ),
    );
  });

  test('is declared again after a slow publish, and not trusted when that may have been too late', async () => {
    const { queues, declared, clock } = open();
    await queues.open(600_000);
    clock.nowMs = 800_000; // a message that comes now is due when the queue has gone
    await queues.secure(600_000);
    assert.deepEqual(
      declared.map(({ atMs }) => atMs),
      [0, 800_000],
    );
    clock.nowMs += 1_310_000;
    await assert.rejects(queues.secure(600_000), /may have been deleted/);
  });

  test('is declared once for many messages', async () => {
    const { queues, declared, clock } = open();
    for (let count = 0; count < 1_000; count++) {
      clock.nowMs += 50;
      await queues.open(1_000);
    }
    assert.equal(declared.length, 1);
  });
});

describe('a retry delay', () => {
  const plan: RetryPlan = {
    attempts: 9,
    delayMs: 1_000,
    backoff: 'exponential',
    factor: 4,
    maxDelayMs: 60_000,
    jitter: 0,
  };
  test('grows up to its maximum, or stays fixed', () => {
    assert.deepEqual(waits(plan), [1_000, 4_000, 16_000, 60_000, 60_000]);
    assert.deepEqual(waits({ ...plan, backoff: 'fixed' }), [1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  test('is shortened by random jitter, never extended', () => {
    const jittered = { ...plan, jitter: 0.2 };
    assert.deepEqual(
      scheduledDelay(jittered, 1, () => 0),
      { nominalMs: 1_000, ms: 1_000 },
    );
    assert.deepEqual(
      scheduledDelay(jittered, 1, () => 1),
      { nominalMs: 1_000, ms: 800 },
    );
  });

  test('asked for by a consumer shares its queue with delays nearly as long', () => {
    assert.deepEqual(
      [0, 1, 99, 100, 101, 37_123, 300_000].map((ms) => askedDelay(ms).nominalMs),
      [0, 1, 99, 100, 110, 38_000, 300_000],
    );
    assert.equal(askedDelay(37_123).ms, 37_123);
  });
});
