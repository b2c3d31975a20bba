import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceivedMessage } from '../../../../src/amqp/index.js';
import type { FailureOutcome } from '../../../../src/failures/index.js';
import { deferred } from '../../../../src/timing/index.js';
import { Bench } from '../bench.js';

interface Dying {
  readonly bench: Bench;
  readonly copy: ReturnType<typeof deferred<FailureOutcome>>;
  readonly asked: string[];
  /** The abort signals that `decide` got. */
  readonly ends: AbortSignal[];
}

/** A delivery whose thread died while it ran; the test settles its copy. */
function dying(): Dying {
  const copy = deferred<FailureOutcome>();
  const asked: string[] = [];
  const ends: AbortSignal[] = [];
  const bench = new Bench([0], {
    outcomeOf: ({ deliveryTag }, { kind, error }, over) => {
      ends.push(over);
      asked.push(`${deliveryTag} ${kind} ${error.message}`);
      return copy.promise;
    },
  });
  bench.receive(3);
  bench.begin(0);
  bench.die(0);
  return { bench, copy, asked, ends };
}

const COUNTED: FailureOutcome = { kind: 'counted', deaths: 1, maxDeaths: 3 };

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a delivery whose thread died while it ran', () => {
  test('is the only one to be decided; the others are released at once', () => {
    const { bench, asked } = dying();
    assert.deepEqual(asked, ['1 died died']);
    assert.deepEqual(
      [...bench.epoch.answers],
      [
        [2, 'nackRequeue'],
        [3, 'nackRequeue'],
      ],
    );
  });

  const outcomes = [
    [{ kind: 'counted', deaths: 1, maxDeaths: 3 }, 'ack'],
    [{ kind: 'requeued' }, 'rejectRequeue'],
    [{ kind: 'retried', attempt: 1, of: 5, delayMs: 1_000 }, 'ack'],
    [{ kind: 'put_aside', queue: 'q.dead', reason: 'exhausted', attempt: 5, deaths: 0 }, 'ack'],
    [{ kind: 'renewed', returns: 15, limit: 20 }, 'ack'],
    [{ kind: 'dead_lettered', exchange: 'dlx', reason: 'exhausted', attempt: 5, deaths: 0 }, 'ack'],
    [{ kind: 'dead_lettered_by_broker', exchange: 'dlx', reason: 'exhausted', attempt: 5, deaths: 0 }, 'rejectDrop'],
    [{ kind: 'discarded', reason: 'rejected', attempt: 1, deaths: 0 }, 'ack'],
  ] as const;
  for (const [outcome, answer] of outcomes) {
    test(`is answered once its outcome is known: ${outcome.kind}, ${answer}`, async () => {
      const { bench, copy } = dying();
      await turn();
      assert.equal(bench.epoch.answers.has(1), false);
      copy.resolve(outcome);
      await turn();
      assert.equal(bench.epoch.answers.get(1), answer);
    });
  }

  test('delays a stop', async () => {
    const { bench, copy } = dying();
    let isDrained = false;
    void bench.flow.drain().then(() => (isDrained = true));
    await turn();
    assert.deepEqual([isDrained, bench.flow.running], [false, 1]);
    copy.resolve(COUNTED);
    await turn();
    assert.deepEqual([isDrained, bench.epoch.answers.get(1)], [true, 'ack']);
  });

  test('is lost with its channel, delays nothing, and is answered on no other channel', async () => {
    const { bench, copy } = dying();
    const gone = bench.loseChannel();
    assert.equal(bench.flow.running, 0);
    copy.resolve(COUNTED);
    await turn();
    assert.deepEqual([gone.answers.has(1), bench.epoch.answers.has(1), gone.violations], [false, false, []]);
    assert.equal(bench.events.filter((event) => event === 'lost 1').length, 1);
  });

  test('is lost with its channel, and a copy refused then is not retried', async () => {
    const { bench, copy, ends } = dying();
    assert.equal(ends[0]?.aborted, false);
    bench.loseChannel();
    assert.equal(ends[0]?.aborted, true);
    copy.resolve({ kind: 'requeued' });
    await turn();
    assert.deepEqual(bench.events.filter((event) => event.endsWith(' 1')).slice(-1), ['lost 1']);
  });

  test('learns about a stop, before or after it failed, and a refused copy is not retried', async () => {
    const { bench, copy, ends } = dying();
    void bench.flow.drain();
    assert.equal(ends[0]?.aborted, true);
    copy.resolve({ kind: 'requeued' });
    await turn();
    assert.equal(bench.epoch.answers.get(1), 'rejectRequeue');

    const late: boolean[] = [];
    const other = new Bench([0], {
      outcomeOf: (_message, _failure, over) => {
        late.push(over.aborted);
        return { kind: 'requeued' };
      },
    });
    other.receive();
    other.begin(0);
    void other.flow.drain();
    other.die(0);
    assert.deepEqual(late, [true]);
  });

  test('needs no decision if it was answered before the death', () => {
    const asked: number[] = [];
    const decide = async ({ deliveryTag }: ReceivedMessage): Promise<FailureOutcome> => {
      asked.push(deliveryTag);
      return COUNTED;
    };
    const bench = new Bench([0], { outcomeOf: decide });
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'nackDrop');
    bench.die(0);
    assert.deepEqual([asked, bench.epoch.answers.get(1)], [[], 'nackDrop']);
  });
});

describe('a consumer that throws a decision', () => {
  test('keeps its slot, which goes on with waiting messages', () => {
    const bench = new Bench([0], {
      outcomeOf: () => ({ kind: 'discarded', reason: 'rejected', attempt: 1, deaths: 0 }),
    });
    bench.receive(2);
    bench.begin(0);
    bench.decide(0, { type: 'reject' });
    assert.equal(bench.epoch.answers.get(1), 'ack');
    assert.deepEqual(bench.tags(0), [2]);
    assert.equal(bench.slot(0).isUp, true);
  });
});
