import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WINDOW } from '../../../src/dispatch/delivery.js';
import type { DeliveryFlowOptions } from '../../../src/dispatch/delivery-flow.js';
import { ConsumerError } from '../../../src/errors/index.js';
import { Bench } from './bench.js';

const answers = ({ epoch }: Bench): unknown[] => [...epoch.answers];

async function isSettled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) !== pending;
}

describe('deliveries', () => {
  test('go to the slot with the least work', () => {
    const bench = new Bench([0, 1, 0]);
    bench.receive(7);
    assert.deepEqual(
      [bench.tags(0), bench.tags(1), bench.tags(2)],
      [
        [1, 4, 7],
        [2, 5],
        [3, 6],
      ],
    );
    bench.begin(1);
    bench.finish(1);
    bench.receive();
    assert.deepEqual(bench.tags(1), [5, 8]);
  });

  test('keep their order in one slot', () => {
    const bench = new Bench([0]);
    bench.receive(200);
    const order = Array.from({ length: 200 }, () => {
      const tag = bench.begin(0)?.message.deliveryTag;
      bench.finish(0);
      return tag;
    });
    assert.deepEqual(
      order,
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  });

  test('wait on the main thread when every window is full', () => {
    const bench = new Bench([0, 1]);
    bench.receive(2 * WINDOW + 3);
    assert.deepEqual([bench.tags(0).length, bench.tags(1).length], [WINDOW, WINDOW]);
    bench.begin(0);
    bench.finish(0);
    assert.equal(bench.tags(0).at(-1), 2 * WINDOW + 1);
  });

  test('of a slow consumer wait on the main thread, except for the next one', () => {
    const bench = new Bench([0, 1]);
    bench.receive(2);
    for (const slot of [0, 1]) bench.begin(slot);
    bench.nowMs += 100;
    bench.finish(0);
    bench.receive(10);
    // The other slot has not been found slow yet.
    assert.deepEqual([bench.tags(0).length, bench.tags(1).length], [2, 9]);
    bench.begin(1);
    bench.finish(1);
    assert.deepEqual([bench.tags(0).length, bench.tags(1).length], [2, 8]);
  });

  test('go to no slot that is down', () => {
    const bench = new Bench([0, 1]);
    bench.flow.slotDown(bench.slot(0));
    bench.receive(4);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [1, 2, 3, 4]]);
  });

  test('wait while every slot is down, and go to the first that comes up', () => {
    const bench = new Bench([0, 1]);
    for (const slot of bench.slots) bench.flow.slotDown(slot);
    bench.receive(2);
    assert.equal(bench.flow.running, 0);
    bench.flow.slotUp(bench.slot(1));
    assert.deepEqual(bench.tags(1), [1, 2]);
  });
});

describe('a slot whose thread is being replaced', () => {
  test('returns unbegun deliveries, takes no more, and is empty when running ones have ended', async () => {
    const bench = new Bench([0, 1]);
    bench.receive(6);
    bench.begin(0);
    const drained = bench.flow.drainSlot(bench.slot(0));
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[1], [2, 4, 6, 3, 5]]);
    bench.receive(1);
    assert.equal(await isSettled(drained), false);
    bench.finish(0);
    assert.equal(await isSettled(drained), true);
    assert.deepEqual(bench.tags(0), []);
    bench.flow.slotUp(bench.slot(0));
    bench.receive(2);
    assert.ok(bench.tags(0).length > 0, 'the next thread serves it');
  });

  test('is empty at once when nothing runs on it, and when its thread dies', async () => {
    const bench = new Bench([0, 1]);
    assert.equal(await isSettled(bench.flow.drainSlot(bench.slot(0))), true);
    bench.receive(1);
    bench.begin(1);
    const drained = bench.flow.drainSlot(bench.slot(1));
    assert.equal(await isSettled(drained), false);
    bench.die(1);
    assert.equal(await isSettled(drained), true);
  });
});

describe('an idle slot', () => {
  test('gives the slot that it stole from no new deliveries until that ends the running ones', () => {
    const bench = new Bench([0, 1]);
    bench.receive(4);
    bench.begin(0);
    for (const tag of [2, 4]) {
      assert.equal(bench.begin(1)?.message.deliveryTag, tag);
      bench.finish(1);
    }
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[1], [3]], 'slot 1 took what slot 0 had not begun');
    bench.receive(5);
    assert.deepEqual(bench.tags(0), [1]);
    bench.finish(0);
    bench.receive(2);
    assert.ok(bench.tags(0).length > 0);
  });

  test('steals half of the unbegun deliveries of the busiest slot', () => {
    const bench = new Bench([0, 1]);
    bench.receive(10);
    for (let left = 5; left > 0; left--) {
      bench.begin(0);
      bench.finish(0);
    }
    bench.begin(0);
    // Slot 1 had 2, 4, 6, 8 and 10; the later half of its unbegun ones moved, in order.
    assert.deepEqual(bench.tags(1)[0], 2);
    assert.ok(bench.events.includes('revoked 10'), bench.events.join());
    const begun = [bench.tags(0), bench.tags(1)].flat().toSorted((left, right) => left - right);
    assert.deepEqual(new Set(begun).size, begun.length);
    assert.ok(bench.tags(0).length > 0);
  });

  test('never steals begun deliveries', () => {
    const bench = new Bench([0, 1]);
    bench.receive(2);
    bench.begin(0);
    bench.begin(1);
    bench.finish(0);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [2]]);
    assert.equal(bench.events.includes('revoked 2'), false);
  });

  test('that is up again steals from a blocked slot', () => {
    const bench = new Bench([0, 1]);
    bench.flow.slotDown(bench.slot(1));
    bench.receive(5);
    bench.begin(0);
    bench.flow.slotUp(bench.slot(1));
    assert.deepEqual(
      [bench.tags(0), bench.tags(1)],
      [
        [1, 2, 3],
        [4, 5],
      ],
    );
  });
});

describe('an answer', () => {
  test('goes to the broker once, and a second one does not', () => {
    const bench = new Bench([0]);
    bench.receive();
    const delivery = bench.begin(0);
    assert.ok(delivery !== undefined);
    delivery.reported({ answer: 'nackDrop', hasEnded: false });
    delivery.reported({ answer: 'ack', hasEnded: false });
    bench.finish(0);
    assert.deepEqual(answers(bench), [[1, 'nackDrop']]);
    assert.deepEqual(bench.epoch.violations, []);
    assert.deepEqual(bench.events, ['received 1', 'offered 1', 'answered 1']);
  });

  test('frees no window before consume() has ended', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'ack');
    assert.equal(bench.flow.running, 1);
    bench.finish(0);
    assert.equal(bench.flow.running, 0);
  });

  test('that is too late for its channel makes the delivery lost', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.epoch.isOpen = false;
    bench.finish(0);
    assert.deepEqual(bench.events.slice(-1), ['lost 1']);
    assert.equal(bench.flow.running, 0);
  });
});

describe('a consumer that throws', () => {
  test('before its answer has its delivery rejected for another attempt', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.fail(0);
    assert.deepEqual(answers(bench), [[1, 'rejectRequeue']]);
    assert.deepEqual(bench.events.slice(-3), ['failed 1', 'concluded 1', 'answered 1']);
  });

  test('after its answer changes nothing', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'ack');
    bench.fail(0);
    assert.deepEqual(answers(bench), [[1, 'ack']]);
    assert.equal(bench.flow.running, 0);
  });

  test('leaves unbegun deliveries to the other slots, ahead of waiting ones', () => {
    const bench = new Bench([0, 1]);
    bench.receive(5);
    bench.begin(0);
    bench.fail(0);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [2, 4, 3, 5]]);
    bench.flow.slotUp(bench.slot(0));
    assert.equal(bench.tags(0).length, 2);
  });

  test('keeps its unbegun deliveries if it is the only one', () => {
    const bench = new Bench([0]);
    bench.receive(3);
    bench.begin(0);
    bench.fail(0);
    assert.equal(bench.flow.running, 0);
    bench.flow.slotUp(bench.slot(0));
    assert.deepEqual(bench.tags(0), [2, 3]);
    assert.equal(bench.begin(0)?.message.deliveryTag, 2);
  });
});

/** The error of a thread that was terminated over the message with this tag. */
function overTag(tag: number): Required<DeliveryFlowOptions>['timeouts'] {
  return { watch: () => undefined, isCulprit: ({ message }) => message.deliveryTag === tag };
}

describe('a thread that dies', () => {
  test('fails its running deliveries and releases the others', () => {
    const bench = new Bench([0]);
    bench.receive(3);
    bench.begin(0);
    bench.die(0);
    assert.deepEqual(answers(bench), [
      [1, 'rejectRequeue'],
      [2, 'nackRequeue'],
      [3, 'nackRequeue'],
    ]);
    assert.deepEqual(
      bench.events.filter((event) => /failed|released/.test(event)),
      ['failed 1', 'released 2', 'released 3'],
    );
  });

  test('returns no unbegun delivery of a stream, and the next thread runs them', () => {
    const bench = new Bench([0], { isStream: true });
    bench.receive(3);
    bench.begin(0);
    bench.die(0);
    assert.deepEqual(answers(bench), [[1, 'rejectRequeue']]);
    bench.flow.slotUp(bench.slot(0));
    assert.deepEqual(bench.tags(0), [2, 3]);
  });

  test('over a timed-out message fails only that one, and returns the others that had begun', () => {
    const bench = new Bench([0, 0, 0], { timeouts: overTag(2) });
    bench.receive(4);
    for (const slot of [0, 1]) bench.begin(slot);
    bench.die(0, new ConsumerError('DELIVERY_TIMEOUT', 'too long'));
    assert.deepEqual(answers(bench), [
      [1, 'nackRequeue'],
      [4, 'nackRequeue'],
      [2, 'rejectRequeue'],
      [3, 'nackRequeue'],
    ]);
    assert.deepEqual(
      bench.events.filter((event) => /failed|released/.test(event)),
      ['released 1', 'released 4', 'failed 2', 'released 3'],
    );
  });

  test('over a timed-out stream message runs the others again, because no broker redelivers them', () => {
    const bench = new Bench([0, 0, 0], { isStream: true, timeouts: overTag(2) });
    bench.receive(4);
    for (const slot of [0, 1]) bench.begin(slot);
    bench.die(0, new ConsumerError('DELIVERY_TIMEOUT', 'too long'));
    assert.deepEqual(answers(bench), [[2, 'rejectRequeue']]);
    assert.deepEqual(
      bench.events.filter((event) => /failed|released/.test(event)),
      ['released 1', 'failed 2'],
    );
    bench.flow.slotUp(bench.slot(0));
    assert.deepEqual(new Set(bench.tags(0)), new Set([1, 3, 4]));
  });

  test('does not fail answered deliveries', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.answer(0, 'ack');
    bench.die(0);
    assert.deepEqual(answers(bench), [[1, 'ack']]);
    assert.deepEqual(bench.events, ['received 1', 'offered 1', 'answered 1']);
  });

  test('takes nothing until its slots are up again, and affects no other thread', () => {
    const bench = new Bench([0, 1]);
    bench.receive(4);
    bench.begin(1);
    bench.die(0);
    bench.receive(2);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [2, 4, 5, 6]]);
    bench.flow.slotUp(bench.slot(0));
    assert.equal(bench.tags(0).length, 2);
    bench.finish(1);
    assert.equal(bench.epoch.answers.get(2), 'ack');
  });
});

describe('a channel that closes', () => {
  test('loses its waiting and unbegun deliveries', () => {
    const bench = new Bench([0]);
    bench.receive(WINDOW + 2);
    const gone = bench.loseChannel();
    assert.equal(bench.flow.running, 0);
    assert.equal(bench.begin(0), undefined);
    assert.deepEqual(gone.answers.size, 0);
    assert.equal(bench.events.filter((event) => event.startsWith('lost')).length, WINDOW + 2);
    bench.receive();
    assert.deepEqual(bench.tags(0), [WINDOW + 3]);
  });

  test('aborts running deliveries, whose answers are not sent', () => {
    const bench = new Bench([0]);
    bench.receive();
    const delivery = bench.begin(0);
    assert.ok(delivery !== undefined);
    const gone = bench.loseChannel();
    assert.deepEqual(
      bench.thread(0).aborted.map(({ reason }) => reason),
      ['the channel was closed'],
    );
    assert.equal(bench.answer(0, 'ack'), false);
    delivery.reported({ answer: 'ack', hasEnded: false });
    bench.finish(0);
    assert.deepEqual([gone.answers.size, bench.epoch.answers.size], [0, 0]);
    assert.equal(bench.flow.running, 0);
  });

  test('keeps the deliveries of the next channel', () => {
    const bench = new Bench([0]);
    bench.receive(2);
    bench.begin(0);
    const first = bench.epoch;
    bench.loseChannel();
    bench.receive();
    bench.flow.lose(first, 'told twice');
    bench.finish(0);
    bench.begin(0);
    bench.finish(0);
    assert.deepEqual(answers(bench), [[3, 'ack']]);
  });

  test('does not fail its running deliveries when their thread dies later', () => {
    const bench = new Bench([0]);
    bench.receive();
    bench.begin(0);
    bench.loseChannel();
    bench.die(0);
    assert.equal(bench.events.includes('failed 1'), false);
  });
});

describe('a stop', () => {
  test('releases waiting and unbegun deliveries, and lets running ones finish', async () => {
    const bench = new Bench([0]);
    bench.receive(WINDOW + 1);
    bench.begin(0);
    const drained = bench.flow.drain();
    assert.equal(bench.epoch.answers.size, WINDOW);
    assert.deepEqual(new Set(bench.epoch.answers.values()), new Set(['nackRequeue']));
    assert.equal(await isSettled(drained), false);
    bench.finish(0);
    assert.equal(bench.epoch.answers.get(1), 'ack');
    assert.equal(await isSettled(drained), true);
  });

  test('releases deliveries that still arrive', () => {
    const bench = new Bench([0]);
    void bench.flow.drain();
    bench.receive();
    assert.deepEqual(answers(bench), [[1, 'nackRequeue']]);
    assert.deepEqual(bench.events, ['received 1', 'released 1', 'answered 1']);
  });

  test('is drained at once when nothing runs, else at an end, a throw or a death', async () => {
    const ends: readonly ((bench: Bench) => void)[] = [
      (bench) => bench.finish(0),
      (bench) => bench.fail(0),
      (bench) => bench.die(0),
    ];
    const idle = new Bench([0]);
    await idle.flow.drain();
    for (const end of ends) {
      const bench = new Bench([0]);
      bench.receive(2);
      bench.begin(0);
      const drained = bench.flow.drain();
      assert.equal(await isSettled(drained), false);
      end(bench);
      assert.equal(await isSettled(drained), true);
      assert.equal(bench.epoch.answers.size, 2);
    }
  });

  test('gives nothing to a slot that comes up later', () => {
    const bench = new Bench([0, 1]);
    bench.receive(6);
    bench.begin(0);
    bench.begin(1);
    bench.fail(0);
    void bench.flow.drain();
    bench.flow.slotUp(bench.slot(0));
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [2]]);
  });
});

describe('an unbegun delivery on a blocked thread', () => {
  test('moves to a slot that has long been free, and the blocked one gets no more until it responds', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const bench = new Bench([0, 1]);
    bench.receive(2);
    bench.begin(1);
    bench.finish(1);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[1], []]);
    t.mock.timers.tick(25);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[1], []], 'it may be on its way');
    t.mock.timers.tick(25);
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [1]]);
    bench.receive();
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[], [1, 3]]);
    bench.flow.slotAwake(bench.slot(0));
    assert.deepEqual([bench.tags(0), bench.tags(1)], [[3], [1]]);
  });

  test('stays while no other slot is free', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const bench = new Bench([0, 1]);
    bench.receive(4);
    bench.begin(1);
    for (let tick = 0; tick < 4; tick++) t.mock.timers.tick(25);
    assert.deepEqual(
      [bench.tags(0), bench.tags(1)],
      [
        [1, 3],
        [2, 4],
      ],
    );
  });
});

describe('a paused flow', () => {
  test('releases what has not begun and what still comes, and answers what runs', () => {
    const bench = new Bench([0]);
    bench.receive(3);
    bench.begin(0);
    bench.flow.pause();
    bench.receive();
    assert.deepEqual(answers(bench), [
      [2, 'nackRequeue'],
      [3, 'nackRequeue'],
      [4, 'nackRequeue'],
    ]);
    assert.equal(bench.flow.wantsDeliveries, false);
    bench.finish(0);
    assert.deepEqual(answers(bench).at(-1), [1, 'ack']);
  });

  test('hands out again what comes after its resumption', () => {
    const bench = new Bench([0]);
    bench.flow.pause();
    bench.flow.resume();
    bench.receive();
    assert.deepEqual([answers(bench), bench.tags(0)], [[], [1]]);
  });

  test('stays closed once it drains', () => {
    const bench = new Bench([0]);
    bench.flow.pause();
    void bench.flow.drain();
    bench.flow.resume();
    bench.receive();
    assert.deepEqual(answers(bench), [[1, 'nackRequeue']]);
  });
});

describe('the rate limit of a flow', () => {
  test('set while messages wait applies to all that has not begun', () => {
    const bench = new Bench([0]);
    bench.receive(3);
    bench.begin(0);
    bench.flow.limit(1);
    assert.deepEqual(bench.tags(0), [1, 2], 'one token');
    bench.flow.limit(undefined);
    bench.receive();
    assert.deepEqual([bench.tags(0), answers(bench)], [[1, 2, 3, 4], []]);
  });
});
