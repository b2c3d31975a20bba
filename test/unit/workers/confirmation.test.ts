import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deferred } from '../../../src/waiting/index.js';
import { Confirmation } from '../../../workers/confirmation.js';
import { endOfTurn } from './fake-port.js';

describe('the confirmation of a publish', () => {
  test('is not observed by itself, and its failure ends no thread', async () => {
    const sent = deferred();
    const confirmation = Confirmation.of(sent.promise);
    sent.reject(new Error('refused'));
    await confirmation.settled();
    await endOfTurn();
    assert.equal(confirmation.observed, false);
    assert.equal(confirmation.failure?.message, 'refused');
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
      const confirmation = Confirmation.of(Promise.resolve());
      await look(confirmation);
      assert.equal(confirmation.observed, true, look.toString());
    }
  });

  test('hands its failure to whoever awaits it', async () => {
    const confirmation = Confirmation.of(Promise.reject(new Error('refused')));
    await assert.rejects(async () => confirmation, { message: 'refused' });
    assert.equal(confirmation.observed, true);
  });

  test('gives plain promises from then and catch: only the publish itself is watched', async () => {
    const derived = Confirmation.of(Promise.resolve()).then(() => 7);
    assert.equal(derived instanceof Confirmation, false);
    assert.equal(await derived, 7);
  });

  test('knows a failure that is no Error too', async () => {
    const sent = deferred();
    const confirmation = Confirmation.of(sent.promise);
    sent.reject('text');
    await confirmation.settled();
    assert.equal(confirmation.failure?.message, 'text');
  });
});
