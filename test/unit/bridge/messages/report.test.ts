import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER, assertNever, FINISHED, reportOf } from '../../../../src/bridge/index.js';

test('a report code carries its answer, with and without the end of the delivery', () => {
  for (const [answer, code] of Object.entries(ANSWER)) {
    assert.deepEqual(reportOf(code), { answer, hasEnded: false });
    assert.deepEqual(reportOf(code | FINISHED), { answer, hasEnded: true });
  }
});

test('every answer has its own code below the finished flag', () => {
  const codes = Object.values(ANSWER);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(code < FINISHED);
});

test('an unknown code is no report, and does not throw', () => {
  for (const code of [6, 7, 14, 15, 16, -1, 0.5, Number.NaN, 5n, '1', null, undefined, {}]) {
    assert.equal(reportOf(code), undefined);
  }
});

test('a message of an unknown type is logged by name instead of ignored', () => {
  const stranger: unknown = { type: 'stranger' };
  assert.ok(isPromisedAway(stranger));
  assert.throws(() => assertNever(stranger), { name: 'TypeError', message: /"type":"stranger"/ });
});

/** A message of another protocol version, as the compiler sees it. */
function isPromisedAway(value: unknown): value is never {
  return value !== undefined;
}
