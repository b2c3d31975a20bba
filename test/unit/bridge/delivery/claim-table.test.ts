import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Claimable, type ClaimId, ClaimTable, WorkerClaims } from '../../../../src/bridge/index.js';

function bothSides(capacity: number): { main: ClaimTable<Claimable>; worker: WorkerClaims } {
  const main = new ClaimTable<Claimable>(capacity);
  return { main, worker: new WorkerClaims(main.memory) };
}

interface Offered {
  readonly delivery: Claimable;
  readonly claimId: ClaimId;
}

/** A delivery on the thread; the worker knows it by `claimId`, also after its end. */
function offer(main: ClaimTable<Claimable>): Offered {
  const delivery: Claimable = { claim: undefined };
  return { delivery, claimId: main.offer(delivery) };
}

describe('a claim', () => {
  test('cannot be revoked once the worker has begun', () => {
    const { main, worker } = bothSides(1);
    const { delivery, claimId } = offer(main);
    assert.equal(main.isOffered(delivery), true);
    assert.equal(worker.begin(claimId), true);
    assert.equal(main.revoke(delivery), false);
    assert.equal(main.isOffered(delivery), false);
  });

  test('cannot begin once it was revoked', () => {
    const { main, worker } = bothSides(1);
    const { delivery, claimId } = offer(main);
    assert.equal(main.revoke(delivery), true);
    assert.equal(worker.begin(claimId), false);
    assert.equal(main.isOffered(delivery), false);
  });

  test('refuses the answer of a delivery lost while it ran', () => {
    const { main, worker } = bothSides(1);
    const { delivery, claimId } = offer(main);
    worker.begin(claimId);
    assert.equal(main.lose(delivery), true);
    assert.equal(worker.answer(claimId), false);
  });

  test('that was answered can be neither lost nor answered again', () => {
    const { main, worker } = bothSides(1);
    const { delivery, claimId } = offer(main);
    worker.begin(claimId);
    assert.equal(worker.answer(claimId), true);
    assert.equal(main.lose(delivery), false);
    assert.equal(worker.answer(claimId), false);
  });

  test('that was only offered can be neither answered nor lost', () => {
    const { main, worker } = bothSides(1);
    const { delivery, claimId } = offer(main);
    assert.equal(worker.answer(claimId), false);
    assert.equal(main.lose(delivery), false);
    assert.equal(main.isOffered(delivery), true);
  });

  test('with an old id is invalid once its cell is reused', () => {
    const { main, worker } = bothSides(1);
    const stale = offer(main);
    assert.equal(main.revoke(stale.delivery), true);
    main.close(stale.delivery);
    const fresh = offer(main);
    assert.equal(fresh.claimId.cell, stale.claimId.cell);
    assert.equal(worker.begin(stale.claimId), false);
    assert.equal(main.revoke(stale.delivery), false);
    assert.equal(main.isOffered(stale.delivery), false);
    assert.equal(worker.begin(fresh.claimId), true);
    assert.equal(worker.answer(stale.claimId), false);
    assert.equal(main.lose(stale.delivery), false);
    assert.equal(worker.answer(fresh.claimId), true);
  });

  test('is won by exactly one side in any order of moves, and never with an old claim id', () => {
    const moves = fc.array(fc.constantFrom('begin', 'revoke', 'answer', 'lose', 'reuse'), { maxLength: 40 });
    fc.assert(
      fc.property(moves, (steps) => {
        const { main, worker } = bothSides(1);
        const stale: ClaimId[] = [];
        let { delivery, claimId } = offer(main);
        let wins: string[] = [];
        for (const step of steps) {
          for (const old of stale) {
            const isWon = worker.begin(old) || worker.answer(old) || main.revoke({ claim: old });
            assert.equal(isWon || main.lose({ claim: old }), false);
            assert.equal(main.at(old.cell, old.generation), undefined);
          }
          if (step === 'reuse') {
            stale.push(claimId);
            main.close(delivery);
            ({ delivery, claimId } = offer(main));
            wins = [];
          } else {
            const won = step === 'begin' || step === 'answer' ? worker[step](claimId) : main[step](delivery);
            if (won) wins.push(step);
          }
          assert.ok(['', 'revoke', 'begin', 'begin,answer', 'begin,lose'].includes(wins.join()), wins.join());
        }
      }),
    );
  });
});

describe('a claim table', () => {
  test('hands out each of its cells once, and reports when none is left', () => {
    const { main } = bothSides(3);
    const offered = [offer(main), offer(main), offer(main)];
    assert.equal(new Set(offered.map(({ claimId }) => claimId.cell)).size, 3);
    assert.throws(() => offer(main), { name: 'RangeError', message: /every claim cell/ });
    for (const { delivery } of offered) main.close(delivery);
    assert.equal(offer(main).claimId.generation, 2);
  });

  test('maps a claim id to its delivery until the claim is closed', () => {
    const { main } = bothSides(2);
    const { delivery, claimId } = offer(main);
    assert.equal(main.at(claimId.cell, claimId.generation), delivery);
    for (const [cell, generation] of [
      [claimId.cell, 2],
      ['0', 1],
      [-1, 1],
      [7, 1],
      [undefined, undefined],
      [{}, 1],
    ]) {
      assert.equal(main.at(cell, generation), undefined);
    }
    assert.deepEqual(main.list(), [delivery]);
    main.close(delivery);
    main.close(delivery);
    assert.equal(main.at(claimId.cell, claimId.generation), undefined);
    assert.deepEqual([main.list(), delivery.claim], [[], undefined]);
    assert.notEqual(offer(main).claimId.cell, offer(main).claimId.cell);
  });
});
