import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ANSWER, type AnswerName } from '../../../../../src/bridge/index.js';
import { RELEASES_AT_ONCE } from '../../../../../src/broker/consume/acks/postponed-releases.js';
import { endOfTurn } from '../../../../support/end-of-turn.js';
import { openAcknowledger as open } from '../../opened-acknowledger.js';

type Answer = Exclude<AnswerName, 'none'>;

const REFUSALS: readonly Answer[] = ['nackRequeue', 'nackDrop', 'rejectRequeue', 'rejectDrop'];

describe('acks', () => {
  test('in order in one turn go out as one frame', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(100);
    for (let tag = 1; tag <= 60; tag++) assert.equal(acknowledger.answer(tag, 'ack'), true);
    assert.deepEqual(channel.frames, []);
    await endOfTurn();
    assert.deepEqual(channel.frames, [{ tag: 60, answer: 'ack', multiple: true }]);
    assert.equal(channel.settled.size, 60);
  });

  test('in any order go out as one frame when nothing below is open', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(4);
    for (const tag of [3, 1, 4, 2]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, [{ tag: 4, answer: 'ack', multiple: true }]);
  });

  test('above an open delivery go out one by one and leave it open', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(5);
    for (const tag of [1, 3, 5]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.violations, []);
    assert.deepEqual(new Set(channel.settled.keys()), new Set([1, 3, 5]));
    acknowledger.answer(2, 'ack');
    acknowledger.answer(4, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.violations, []);
    assert.equal(channel.settled.size, 5);
    assert.equal(channel.frames.length, 4);
  });

  test('skip refused deliveries', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(3);
    acknowledger.answer(1, 'ack');
    acknowledger.answer(2, 'rejectDrop');
    acknowledger.answer(3, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.frames, [
      { tag: 2, answer: 'rejectDrop', multiple: false },
      { tag: 3, answer: 'ack', multiple: true },
    ]);
    assert.equal(channel.settled.get(2), 'rejectDrop');
  });

  test('match their tags over many thousand deliveries', async () => {
    const { channel, acknowledger, deliver } = open();
    for (let first = 1; first < 20_000; first += 500) {
      // Some stay open while earlier settled ones are dropped.
      deliver(first + 799);
      for (let tag = first; tag < first + 500; tag++) acknowledger.answer(tag, 'ack');
      await endOfTurn();
    }
    assert.equal(channel.frames.length, 40);
    assert.equal(channel.settled.size, 20_000);
    assert.deepEqual(channel.violations, []);
  });

  test('can be sent before the turn ends', () => {
    const { channel, acknowledger, deliver } = open();
    deliver(1);
    acknowledger.answer(1, 'ack');
    acknowledger.flush();
    assert.equal(channel.settled.get(1), 'ack');
  });
});

describe('refusals', () => {
  test('go out at the end of the turn, each of its kind', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(REFUSALS.length);
    REFUSALS.forEach((answer, index) => assert.equal(acknowledger.answer(index + 1, answer), true));
    await endOfTurn();
    assert.deepEqual([...channel.settled.values()], REFUSALS);
  });
});

describe('thousands of releases', () => {
  const MANY = RELEASES_AT_ONCE + 500;

  test('go out one by one at first, and the rest as one frame when nothing else is open', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(MANY + 2);
    acknowledger.cancelled();
    // Two run while all later ones are released.
    for (let tag = 3; tag <= MANY + 2; tag++) assert.equal(acknowledger.answer(tag, 'nackRequeue'), true);
    await endOfTurn();
    assert.equal(channel.frames.length, RELEASES_AT_ONCE);
    acknowledger.answer(1, 'ack');
    await endOfTurn();
    assert.equal(channel.settled.size, RELEASES_AT_ONCE + 1);
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.violations, []);
    assert.equal(channel.settled.get(2), 'ack');
    assert.equal(channel.settled.get(MANY + 2), 'nackRequeue');
    assert.equal(channel.settled.size, MANY + 2);
    assert.equal(channel.frames.length, RELEASES_AT_ONCE + 3);
  });

  test('never include an ack of the same turn', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(MANY + 1);
    acknowledger.cancelled();
    for (let tag = 1; tag <= MANY; tag++) acknowledger.answer(tag, 'nackRequeue');
    acknowledger.answer(MANY + 1, 'ack');
    await endOfTurn();
    assert.equal(channel.settled.get(MANY + 1), 'ack');
    assert.equal(channel.settled.get(MANY), 'nackRequeue');
    assert.deepEqual(channel.violations, []);
  });

  test('that wait delay the end of the channel until they are sent', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(MANY + 1);
    acknowledger.cancelled();
    for (let tag = 2; tag <= MANY + 1; tag++) acknowledger.answer(tag, 'nackRequeue');
    let isDrained = false;
    acknowledger.drained(() => {
      isDrained = true;
    });
    await endOfTurn();
    assert.equal(isDrained, false);
    acknowledger.answer(1, 'rejectDrop');
    await endOfTurn();
    assert.equal(isDrained, true);
    assert.equal(channel.settled.size, MANY + 1);
  });

  test('go out one by one while messages are still delivered, because open ones may never end', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(MANY + 1);
    for (let tag = 2; tag <= MANY + 1; tag++) acknowledger.answer(tag, 'nackRequeue');
    await endOfTurn();
    assert.equal(channel.settled.size, MANY);
  });
});

describe('a tag that the broker took back', () => {
  test('is never answered, also not by a multiple ack', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(5);
    acknowledger.forgo(2);
    for (const tag of [1, 3, 4, 5]) acknowledger.answer(tag, 'ack');
    await endOfTurn();
    assert.deepEqual(channel.violations, []);
    assert.deepEqual(new Set(channel.settled.keys()), new Set([1, 3, 4, 5]));
  });

  test('does not delay the end of the channel, unlike an unanswered tag', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(3);
    let isDrained = false;
    acknowledger.drained(() => {
      isDrained = true;
    });
    acknowledger.forgo(1);
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    assert.equal(isDrained, false);
    acknowledger.forgo(3);
    await endOfTurn();
    assert.equal(isDrained, true);
    assert.deepEqual([...channel.settled.keys()], [2]);
  });

  test('does not delay releases that wait for all others', async () => {
    const { channel, acknowledger, deliver } = open();
    const many = RELEASES_AT_ONCE + 10;
    deliver(many + 2);
    acknowledger.cancelled();
    for (let tag = 3; tag <= many + 2; tag++) acknowledger.answer(tag, 'nackRequeue');
    acknowledger.forgo(1);
    await endOfTurn();
    assert.equal(channel.settled.size, RELEASES_AT_ONCE);
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    assert.equal(channel.settled.get(many + 2), 'nackRequeue');
    assert.deepEqual(channel.violations, []);
  });

  test('does not delay a wait for the open tags, nor do later ones', async () => {
    const { acknowledger, deliver } = open();
    deliver(3);
    acknowledger.forgo(1);
    let isSettled = false;
    acknowledger.settled(() => {
      isSettled = true;
    });
    deliver(5);
    acknowledger.answer(2, 'ack');
    await endOfTurn();
    assert.equal(isSettled, false);
    acknowledger.forgo(3);
    await endOfTurn();
    assert.equal(isSettled, true);
    assert.equal(acknowledger.unansweredCount, 4);
  });

  test('is the oldest, unless an older tag was just answered and may be meant', async () => {
    let now = 0;
    const { acknowledger, deliver } = open({ nowMs: () => now });
    assert.equal(acknowledger.oldestOpen, undefined);
    deliver(4);
    assert.equal(acknowledger.oldestOpen, 1);
    for (const answer of ['ack', 'rejectRequeue'] as const) {
      const oldest: number = acknowledger.oldestOpen ?? assert.fail();
      acknowledger.answer(oldest, answer);
      await endOfTurn();
      now += 999;
      assert.equal(acknowledger.oldestOpen, undefined);
      now += 1;
      assert.equal(acknowledger.oldestOpen, oldest + 1);
    }
    acknowledger.answer(4, 'ack');
    await endOfTurn();
    assert.equal(acknowledger.oldestOpen, 3);
  });

  test('is forgotten with its channel', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(1);
    acknowledger.close();
    acknowledger.forgo(1);
    await endOfTurn();
    assert.deepEqual([acknowledger.unansweredCount, channel.frames], [0, []]);
  });
});

describe('a closed channel', () => {
  test('is sent nothing, not even answers held for the end of the turn', async () => {
    const { channel, acknowledger, deliver } = open();
    deliver(3);
    acknowledger.answer(1, 'ack');
    acknowledger.close();
    assert.equal(acknowledger.isOpen, false);
    assert.equal(acknowledger.answer(2, 'ack'), false);
    assert.equal(acknowledger.answer(3, 'rejectRequeue'), false);
    acknowledger.flush();
    await endOfTurn();
    assert.deepEqual(channel.frames, []);
  });

  test('is detected when the library throws, and not used again', () => {
    const { channel, acknowledger, deliver } = open();
    deliver(2);
    channel.isClosed = true;
    acknowledger.answer(1, 'nackRequeue');
    acknowledger.flush();
    assert.equal(acknowledger.isOpen, false);
    channel.isClosed = false;
    assert.equal(acknowledger.answer(2, 'nackRequeue'), false);
    assert.deepEqual(channel.frames, []);
  });
});

const names = Object.keys(ANSWER).filter((name): name is Answer => name !== 'none');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('answer'), pick: fc.nat(), answer: fc.constantFrom(...names) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('answer'), pick: fc.nat(), answer: fc.constant<Answer>('ack') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('deliver'), pick: fc.nat(5), answer: fc.constant<Answer>('ack') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('turn', 'over'), pick: fc.nat(), answer: fc.constant<Answer>('ack') }),
  },
);

test('each delivery gets its own answer exactly once in any order of answers and turns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 9 }), async (steps, busyAt) => {
      const { channel, acknowledger, deliver, patienceEnds, isTimed } = open({ busyAt });
      const given = new Map<number, Answer>();
      let delivered = 0;
      for (const { kind, pick, answer } of steps) {
        const unanswered = Array.from({ length: delivered }, (_, index) => index + 1).filter((tag) => !given.has(tag));
        const tag = unanswered[pick % Math.max(1, unanswered.length)];
        if (kind === 'turn') await endOfTurn();
        else if (kind === 'over') {
          if (isTimed()) patienceEnds();
        } else if (kind === 'deliver' || tag === undefined) deliver((delivered += 1 + (pick % 6)));
        else {
          given.set(tag, answer);
          assert.equal(acknowledger.answer(tag, answer), true);
        }
        for (const settled of channel.settled.keys()) assert.ok(given.has(settled), `${settled} was not answered yet`);
      }
      await endOfTurn();
      // The timer runs while acks wait.
      if (isTimed()) patienceEnds();
      const byTag = (map: Map<number, Answer>): unknown => [...map].toSorted(([left], [right]) => left - right);
      assert.deepEqual(channel.violations, []);
      assert.deepEqual(byTag(channel.settled), byTag(given));
    }),
    { numRuns: 200 },
  );
});

test('a tag that does not increase is refused, because a multiple ack would include unhandled messages', () => {
  const { acknowledger, deliver } = open();
  deliver(5);
  for (const tag of [5, 3]) assert.throws(() => acknowledger.delivered(tag), { name: 'RangeError' });
  acknowledger.delivered(7);
});
