import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Confirmation } from '../../../../workers/answer/confirmation.js';
import { endOfTurn } from '../../../support/end-of-turn.js';

describe('the confirmation of a publish', () => {
  test('is not observed by default, and its failure ends no thread', async () => {
    const confirmation = new Confirmation();
    const settled = confirmation.settled();
    confirmation.refuse(new Error('refused'));
    await settled;
    await endOfTurn();
    assert.equal(confirmation.observed, false);
    assert.equal(confirmation.failure?.message, 'refused');
    assert.equal(confirmation.confirmed, false);
  });

  test('ends no thread by a failure that nobody ever observes', async () => {
    const confirmation = new Confirmation();
    confirmation.refuse(new Error('refused'));
    // An unhandled rejection would fail this test.
    await endOfTurn();
    assert.equal(confirmation.observed, false);
  });

  test('reports success to the daemon, also unobserved', async () => {
    const confirmation = new Confirmation();
    const settled = confirmation.settled();
    confirmation.confirm();
    await settled;
    assert.deepEqual([confirmation.confirmed, confirmation.observed], [true, false]);
  });

  test('is observed by await, then, catch, finally and Promise.all', async () => {
    const looks: readonly ((confirmation: Confirmation) => Promise<unknown>)[] = [
      async (confirmation) => confirmation,
      (confirmation) => confirmation.then(() => undefined),
      (confirmation) => confirmation.catch(() => undefined),
      (confirmation) => confirmation.finally(() => undefined),
      (confirmation) => Promise.all([confirmation, Promise.resolve()]),
    ];
    for (const look of looks) {
      const confirmation = new Confirmation();
      confirmation.confirm();
      await look(confirmation);
      assert.equal(confirmation.observed, true, look.toString());
    }
  });

  test('rejects for its awaiter', async () => {
    const confirmation = new Confirmation();
    confirmation.refuse(new Error('refused'));
    await assert.rejects(async () => confirmation, { message: 'refused' });
    assert.equal(confirmation.observed, true);
  });

  test('returns plain promises from then and catch, because only the publish itself is watched', async () => {
    const confirmation = new Confirmation();
    confirmation.confirm();
    const derived = confirmation.then(() => 7);
    assert.equal(derived instanceof Confirmation, false);
    assert.equal(await derived, 7);
  });
});
