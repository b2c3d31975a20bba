import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deferred } from '../../../src/waiting/index.js';
import { Bench } from './bench.js';

/** A delivery began, its thread died, and its copy is on the way until the test says what has become of it. */
function dying(): { bench: Bench; copy: ReturnType<typeof deferred<'ack' | 'rejectRequeue'>>; asked: string[] } {
  const copy = deferred<'ack' | 'rejectRequeue'>();
  const asked: string[] = [];
  const bench = new Bench([0], async ({ message }, cause) => {
    asked.push(`${message.deliveryTag} ${cause.message}`);
    return copy.promise;
  });
  bench.receive(3);
  bench.begin(0);
  bench.die(0);
  return { bench, copy, asked };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a delivery whose thread died while it ran', () => {
  test('is asked for alone, and the innocent are released at once', () => {
    const { bench, asked } = dying();
    assert.deepEqual(asked, ['1 died']);
    assert.deepEqual(
      [...bench.epoch.answers],
      [
        [2, 'nackRequeue'],
        [3, 'nackRequeue'],
      ],
    );
  });

  for (const answer of ['ack', 'rejectRequeue'] as const) {
    test(`is answered when it is known what has become of its copy: ${answer}`, async () => {
      const { bench, copy } = dying();
      await turn();
      assert.equal(bench.epoch.answers.has(1), false);
      copy.resolve(answer);
      await turn();
      assert.equal(bench.epoch.answers.get(1), answer);
    });
  }

  test('is waited for by a stop', async () => {
    const { bench, copy } = dying();
    bench.dispatch.stop();
    let isDrained = false;
    void bench.dispatch.drained().then(() => (isDrained = true));
    await turn();
    assert.deepEqual([isDrained, bench.dispatch.running], [false, 1]);
    copy.resolve('ack');
    await turn();
    assert.deepEqual([isDrained, bench.epoch.answers.get(1)], [true, 'ack']);
  });

  test('is lost with its channel: nobody waits for it, and it is answered on no other', async () => {
    const { bench, copy } = dying();
    const gone = bench.loseChannel();
    assert.equal(bench.dispatch.running, 0);
    copy.resolve('ack');
    await turn();
    assert.deepEqual([gone.answers.has(1), bench.epoch.answers.has(1), gone.violations], [false, false, []]);
    assert.equal(bench.events.filter((event) => event === 'lost 1').length, 1);
  });

  test('that was answered before the death is not asked for', () => {
    const asked: number[] = [];
    const bench = new Bench([0], async ({ message }) => {
      asked.push(message.deliveryTag);
      return 'ack';
    });
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'nackDrop');
    bench.die(0);
    assert.deepEqual([asked, bench.epoch.answers.get(1)], [[], 'nackDrop']);
  });
});
