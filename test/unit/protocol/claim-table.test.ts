import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ClaimId, ClaimTable, WorkerClaims } from '../../../src/protocol/index.js';

function bothSides(capacity: number): { main: ClaimTable; worker: WorkerClaims } {
  const main = new ClaimTable(capacity);
  return { main, worker: new WorkerClaims(main.memory) };
}

describe('a claim', () => {
  test('that the worker has begun cannot be revoked', () => {
    const { main, worker } = bothSides(1);
    const claimId = main.offer();
    assert.equal(main.isOffered(claimId), true);
    assert.equal(worker.begin(claimId), true);
    assert.equal(main.revoke(claimId), false);
    assert.equal(main.isOffered(claimId), false);
  });

  test('that was revoked cannot begin', () => {
    const { main, worker } = bothSides(1);
    const claimId = main.offer();
    assert.equal(main.revoke(claimId), true);
    assert.equal(worker.begin(claimId), false);
    assert.equal(main.isOffered(claimId), false);
  });

  test('that was lost while it ran refuses its answer', () => {
    const { main, worker } = bothSides(1);
    const claimId = main.offer();
    worker.begin(claimId);
    assert.equal(main.lose(claimId), true);
    assert.equal(worker.answer(claimId), false);
  });

  test('that was answered cannot be lost, nor answered again', () => {
    const { main, worker } = bothSides(1);
    const claimId = main.offer();
    worker.begin(claimId);
    assert.equal(worker.answer(claimId), true);
    assert.equal(main.lose(claimId), false);
    assert.equal(worker.answer(claimId), false);
  });

  test('that was only offered can be neither answered nor lost', () => {
    const { main, worker } = bothSides(1);
    const claimId = main.offer();
    assert.equal(worker.answer(claimId), false);
    assert.equal(main.lose(claimId), false);
    assert.equal(main.isOffered(claimId), true);
  });

  test('of an earlier delivery means nothing once its cell is used again', () => {
    const { main, worker } = bothSides(1);
    const stale = main.offer();
    assert.equal(main.revoke(stale), true);
    main.close(stale);
    const fresh = main.offer();
    assert.equal(fresh.cell, stale.cell);
    assert.equal(worker.begin(stale), false);
    assert.equal(main.revoke(stale), false);
    assert.equal(main.isOffered(stale), false);
    assert.equal(worker.begin(fresh), true);
    assert.equal(worker.answer(stale), false);
    assert.equal(main.lose(stale), false);
    assert.equal(worker.answer(fresh), true);
  });

  test('is won by exactly one side in any order of moves, and by nobody with an old claim id', () => {
    const moves = fc.array(fc.constantFrom('begin', 'revoke', 'answer', 'lose', 'reuse'), { maxLength: 40 });
    fc.assert(
      fc.property(moves, (steps) => {
        const { main, worker } = bothSides(1);
        const stale: ClaimId[] = [];
        let claimId = main.offer();
        let wins: string[] = [];
        for (const step of steps) {
          for (const old of stale) {
            assert.equal(worker.begin(old) || worker.answer(old) || main.revoke(old) || main.lose(old), false);
          }
          if (step === 'reuse') {
            stale.push(claimId);
            main.close(claimId);
            claimId = main.offer();
            wins = [];
          } else {
            const won = step === 'begin' || step === 'answer' ? worker[step](claimId) : main[step](claimId);
            if (won) wins.push(step);
          }
          assert.ok(['', 'revoke', 'begin', 'begin,answer', 'begin,lose'].includes(wins.join()), wins.join());
        }
      }),
    );
  });
});

describe('a claim table', () => {
  test('hands out as many cells as it has, each once, and says when none is left', () => {
    const { main } = bothSides(3);
    const claimIds = [main.offer(), main.offer(), main.offer()];
    assert.equal(new Set(claimIds.map(({ cell }) => cell)).size, 3);
    assert.throws(() => main.offer(), { name: 'RangeError', message: /every claim cell/ });
    for (const claimId of claimIds) main.close(claimId);
    assert.equal(main.offer().generation, 2);
  });
});
