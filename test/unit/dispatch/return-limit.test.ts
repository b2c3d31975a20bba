import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReturnLimit } from '../../../src/dispatch/failures/pending-outcomes.js';
import type { FailureOutcome } from '../../../src/failures/index.js';
import { deferred } from '../../../src/timing/index.js';
import { Bench } from './bench.js';

const RENEWED: FailureOutcome = { kind: 'renewed', returns: 15, limit: 20 };
const DEAD: FailureOutcome = { kind: 'put_aside', queue: 'q.dead', reason: 'delivery-limit', attempt: 21, deaths: 0 };

interface Story {
  readonly bench: Bench;
  readonly copy: ReturnType<typeof deferred<FailureOutcome>>;
  readonly asked: string[];
}

/** A bench whose deliveries are near the limit as the test says; the test settles their copies. */
function limited(near: Partial<Record<'needsRenewal' | 'isLast' | 'isSpent', boolean>>): Story {
  const copy = deferred<FailureOutcome>();
  const asked: string[] = [];
  const returns: ReturnLimit = {
    needsRenewal: ({ deliveryTag }) => deliveryTag === 1 && near.needsRenewal === true,
    isLast: () => near.isLast === true,
    isSpent: () => near.isSpent === true,
    renew: ({ deliveryTag }) => {
      asked.push(`renew ${deliveryTag}`);
      return copy.promise;
    },
    end: ({ deliveryTag }, { message }) => {
      asked.push(`end ${deliveryTag}: ${message}`);
      return copy.promise;
    },
  };
  return { bench: new Bench([0], { returns }), copy, asked };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a delivery with few returns left', () => {
  test('does not run: it is acked once its copy is confirmed, and the others go on', async () => {
    const { bench, copy, asked } = limited({ needsRenewal: true });
    bench.receive(2);
    assert.deepEqual([asked, bench.tags(0), bench.flow.running], [['renew 1'], [2], 2]);
    copy.resolve(RENEWED);
    await turn();
    assert.equal(bench.epoch.answers.get(1), 'ack');
    assert.deepEqual(bench.tags(0), [2]);
  });

  test('runs unchanged when no copy could be made', async () => {
    const { bench, copy } = limited({ needsRenewal: true });
    bench.receive();
    copy.resolve({ kind: 'requeued' });
    await turn();
    assert.deepEqual(bench.tags(0), [1]);
    assert.equal(bench.epoch.answers.size, 0);
  });

  test('returns when no copy could be made and the daemon stops', async () => {
    const { bench, copy } = limited({ needsRenewal: true });
    bench.receive();
    void bench.flow.drain();
    copy.resolve({ kind: 'requeued' });
    await turn();
    assert.deepEqual([bench.tags(0), bench.epoch.answers.get(1)], [[], 'nackRequeue']);
  });

  test('delays a stop', async () => {
    const { bench, copy } = limited({ needsRenewal: true });
    bench.receive();
    let isDrained = false;
    void bench.flow.drain().then(() => (isDrained = true));
    await turn();
    assert.equal(isDrained, false);
    copy.resolve(RENEWED);
    await turn();
    assert.deepEqual([isDrained, bench.epoch.answers.get(1)], [true, 'ack']);
  });

  test('is lost with its channel, and never runs', async () => {
    const { bench, copy } = limited({ needsRenewal: true });
    bench.receive();
    bench.epoch.isOpen = false;
    bench.flow.lose(bench.epoch, 'the channel went');
    copy.resolve({ kind: 'requeued' });
    await turn();
    assert.deepEqual([bench.tags(0), bench.events.at(-1)], [[], 'lost 1']);
  });
});

describe('a delivery that the broker would drop', () => {
  test('is released as a copy', async () => {
    const { bench, copy, asked } = limited({ isLast: true });
    bench.receive();
    void bench.flow.drain();
    assert.deepEqual([asked, bench.epoch.answers.size], [['renew 1'], 0]);
    copy.resolve(RENEWED);
    await turn();
    assert.equal(bench.epoch.answers.get(1), 'ack');
  });

  for (const answer of ['rejectRequeue', 'nackRequeue'] as const) {
    test(`is dead when its consumer returns it once more: ${answer}`, async () => {
      const { bench, copy, asked } = limited({ isSpent: true });
      bench.receive();
      bench.begin(0);
      bench.answer(0, answer);
      assert.match(asked.join(), /^end 1: its consumer answered (reject|nack)\(\{ requeue: true \}\)/);
      assert.equal(bench.epoch.answers.size, 0);
      copy.resolve(DEAD);
      await turn();
      assert.equal(bench.epoch.answers.get(1), 'ack');
    });

    test(`returns as its consumer asks when there is no copy: ${answer}`, async () => {
      const { bench, copy } = limited({ isSpent: true });
      bench.receive();
      bench.begin(0);
      bench.answer(0, answer);
      copy.resolve({ kind: 'requeued' });
      await turn();
      assert.equal(bench.epoch.answers.get(1), answer);
    });
  }

  test('gets every other answer of its consumer unchanged', () => {
    for (const answer of ['ack', 'nackDrop', 'rejectDrop'] as const) {
      const { bench, asked } = limited({ isSpent: true, isLast: true });
      bench.receive();
      bench.begin(0);
      bench.answer(0, answer);
      assert.deepEqual([asked, bench.epoch.answers.get(1)], [[], answer]);
    }
  });

  test('is nacked, not rejected, when it failed without a copy, because new brokers do not count nacks', () => {
    const { bench } = limited({ isLast: true });
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    assert.equal(bench.epoch.answers.get(1), 'nackRequeue');
  });
});
