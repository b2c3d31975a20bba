import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Account, type EntryKind, judge, type LedgerEntry } from '../../support/ledger/ledger-judge.js';

function entry(kind: EntryKind, number: number, at: number): LedgerEntry {
  return { kind, number, at };
}

function account(change: Partial<Account>): Account {
  return { confirmed: [1, 2], entries: [], strikes: [], inFlight: 2, ...change };
}

const ONE_AND_TWO = [entry('begin', 1, 10), entry('answer', 1, 11), entry('begin', 2, 12), entry('answer', 2, 13)];

test('books balance when every confirmed message was begun and answered', () => {
  const verdict = judge(account({ entries: ONE_AND_TWO }));
  assert.deepEqual(verdict.problems, []);
  assert.equal(verdict.duplicates, 0);
});

test('a confirmed message that was never begun is missing, by its number', () => {
  const verdict = judge(account({ confirmed: [1, 2, 77], entries: ONE_AND_TWO }));
  assert.deepEqual(verdict.missing, [77]);
  assert.deepEqual(verdict.problems, ['1 confirmed by the broker and never begun: 77']);
});

test('an unconfirmed message is not owed, but may arrive', () => {
  assert.deepEqual(judge(account({ confirmed: [], entries: ONE_AND_TWO })).problems, []);
  assert.deepEqual(judge(account({ confirmed: [2], entries: ONE_AND_TWO.slice(2) })).problems, []);
});

test('a message whose only answer was refused is unanswered until another answer', () => {
  const refused = [...ONE_AND_TWO, entry('refused', 2, 14)];
  assert.deepEqual(judge(account({ entries: refused })).unanswered, [2]);
  const again = [...refused, entry('begin', 2, 20), entry('answer', 2, 21)];
  const verdict = judge(account({ entries: again, strikes: [{ from: 13, to: 19 }] }));
  assert.deepEqual(verdict.problems, []);
  assert.equal(verdict.duplicates, 1);
});

test('a message that begins again without a fault in between is unexplained', () => {
  const again = [...ONE_AND_TWO, entry('begin', 1, 30), entry('answer', 1, 31)];
  for (const strike of [
    { from: 2, to: 9 },
    { from: 31, to: 40 },
  ]) {
    const verdict = judge(account({ entries: again, strikes: [strike] }));
    assert.deepEqual(verdict.unexplained, [1]);
    assert.match(verdict.problems.join('\n'), /1 begun again with no fault in between: 1$/);
  }
  assert.deepEqual(judge(account({ entries: again, strikes: [{ from: 20, to: 25 }] })).unexplained, []);
});

test('each strike excuses as many duplicates as could be running, and no more', () => {
  const entries = [1, 2, 3].flatMap((number) => [
    entry('begin', number, 10),
    entry('begin', number, 20),
    entry('answer', number, 21),
  ]);
  const strikes = [{ from: 14, to: 16 }];
  const excess = judge(account({ entries, strikes }));
  assert.equal(excess.duplicates, 3);
  assert.deepEqual(excess.problems, ['3 duplicates, where 2 are excused']);
  assert.deepEqual(judge(account({ entries, strikes, inFlight: 3 })).problems, []);
  assert.deepEqual(judge(account({ entries, strikes: [{ from: 14, to: 16, count: 2 }] })).problems, []);
});

test('a verdict on many messages names the first and counts the others', () => {
  const confirmed = Array.from({ length: 25 }, (_, number) => number);
  const { problems } = judge(account({ confirmed }));
  assert.match(problems[0] ?? '', /^25 confirmed by the broker and never begun: 0, 1, .* 19 and 5 more$/);
});
