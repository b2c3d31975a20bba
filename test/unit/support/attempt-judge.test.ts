import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttemptAccount, judgeAttempts, type Try } from '../../support/attempt-judge.js';

/** Tries of message 1, one every 10 ms, from 10. */
function triesOf(...attempts: readonly number[]): readonly Try[] {
  return attempts.map((attempt, index) => ({ id: 1, attempt, at: 10 * (index + 1) }));
}

function problemsOf(change: Partial<AttemptAccount>): readonly string[] {
  return judgeAttempts({
    tries: [],
    strikes: [],
    deaths: [],
    uncopied: 0,
    failuresOf: () => 2,
    limit: 5,
    ...change,
  });
}

test('one attempt more than a message has failures is what it needs', () => {
  assert.deepEqual(problemsOf({ tries: triesOf(1, 2, 3) }), []);
  const tries = triesOf(1, 2, 3, 4);
  assert.deepEqual(problemsOf({ tries }), ['message 1 came to attempt 4, where its failures explain 3']);
});

test('a thread that dies among the attempts explains one more, and a strike none', () => {
  const tries = triesOf(1, 2, 3, 4);
  assert.deepEqual(problemsOf({ tries, deaths: [15] }), []);
  assert.equal(problemsOf({ tries, deaths: [45] }).length, 1);
  assert.equal(problemsOf({ tries, strikes: [{ from: 15, to: 16 }] }).length, 1);
});

test('nothing explains an attempt above the limit', () => {
  const tries = triesOf(1, 2, 3, 4, 5, 6);
  assert.deepEqual(problemsOf({ tries: tries.slice(0, 5), failuresOf: () => 5 }), []);
  const problems = problemsOf({ tries, failuresOf: () => 5, deaths: [15, 25] });
  assert.deepEqual(problems, ['message 1 came to attempt 6, where its failures explain 5']);
});

test('an attempt that is counted and did not run is one too many', () => {
  const tries = triesOf(1, 3);
  assert.deepEqual(problemsOf({ tries }), ['message 1 came to attempt 3 after 1 others']);
  assert.deepEqual(problemsOf({ tries, deaths: [15] }), []);
});

test('a strike explains that the first attempt runs twice, and each later one three times', () => {
  const strikes = [{ from: 12, to: 15 }];
  const [what] = problemsOf({ tries: triesOf(1, 1, 2, 3) });
  assert.equal(what, 'attempt 1 of message 1 ran 2 times, where 0 strikes explain 1');
  assert.deepEqual(problemsOf({ tries: triesOf(1, 1, 2, 2, 2, 3, 3, 3), strikes }), []);
  assert.equal(problemsOf({ tries: triesOf(1, 1, 1, 2, 3), strikes }).length, 1);
  assert.equal(problemsOf({ tries: triesOf(1, 2, 2, 2, 2, 3), strikes }).length, 1);
  assert.equal(problemsOf({ tries: triesOf(1, 1, 2, 3), strikes: [{ from: 1, to: 9 }] }).length, 1);
});

test('a copy that could not be made explains one run more of each attempt, of one message', () => {
  const tries = triesOf(1, 1, 2, 2, 3, 3);
  assert.deepEqual(problemsOf({ tries, uncopied: 1 }), []);
  const others = tries.map((each) => ({ ...each, id: 2 }));
  assert.equal(problemsOf({ tries: [...tries, ...others], uncopied: 1 }).length, 3);
});
