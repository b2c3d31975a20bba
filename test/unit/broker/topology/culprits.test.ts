import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Culprits, type Request } from '../../../../src/broker/topology/culprits.js';

const request = (place: string): Request => ({ place, what: `the entry ${place}` });
const FLAW = new Error('Connection closed: 541 (INTERNAL-ERROR) with message "INTERNAL_ERROR"');
const LIMIT = new Error(
  'Connection closed: 530 (NOT-ALLOWED) with message "NOT_ALLOWED - number of channels opened for user \'u\' has reached the maximum allowed user limit of 2"',
);

describe('suspects of a closed connection', () => {
  test('are tried one by one once the connection was closed over one of several', () => {
    const culprits = new Culprits();
    assert.equal(culprits.oneByOne, false);
    assert.equal(culprits.accuse(undefined, FLAW), false);
    assert.equal(culprits.oneByOne, true);
  });

  test('are guilty after the second close at the same entry; another entry counts separately', () => {
    const culprits = new Culprits();
    assert.equal(culprits.accuse(request('a'), FLAW), false);
    assert.equal(culprits.accuse(request('b'), FLAW), false);
    assert.equal(culprits.accuse(request('a'), FLAW), true);
  });

  test('of a limit are guilty at once, because the broker names the limit', () => {
    assert.equal(new Culprits().accuse(request('a'), LIMIT), true);
  });

  test('are cleared once everything is declared', () => {
    const culprits = new Culprits();
    culprits.accuse(request('a'), FLAW);
    culprits.acquit();
    assert.equal(culprits.oneByOne, false);
    assert.equal(culprits.accuse(request('a'), FLAW), false);
  });

  test('that are held back take turns, and one that fails again goes last', () => {
    const culprits = new Culprits();
    const [a, b] = [request('a'), request('b')];
    culprits.holdBack(a);
    culprits.holdBack(b);
    assert.equal(culprits.next, a);
    culprits.holdBack(a);
    assert.equal(culprits.next, b);
    culprits.release(b);
    assert.equal(culprits.has('b'), false);
    assert.equal(culprits.next, a);
    culprits.release(a);
    assert.equal(culprits.next, undefined);
  });
});
