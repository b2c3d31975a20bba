import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RateLimit } from '../../../../src/dispatch/limits/rate-limit.js';

function limited(perSecond: number): { limit: RateLimit; clock: { nowMs: number } } {
  const clock = { nowMs: 5_000 };
  return { clock, limit: new RateLimit(perSecond, () => clock.nowMs) };
}

function takeAll(limit: RateLimit): number {
  let taken = 0;
  while (limit.take()) taken++;
  return taken;
}

describe('a rate limit', () => {
  test('admits at most its rate and a tenth of a second more, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10_000, noNaN: true }),
        fc.array(fc.nat(3_000), { maxLength: 40 }),
        (perSecond, pauses) => {
          const { limit, clock } = limited(perSecond);
          let passed = takeAll(limit);
          let elapsedMs = 0;
          for (const pause of pauses) {
            clock.nowMs += pause;
            elapsedMs += pause;
            passed += takeAll(limit);
            const most = Math.max(1, perSecond * 0.1) + (perSecond * elapsedMs) / 1000;
            assert.ok(passed <= most + 1e-6, `${passed} of ${most}`);
          }
        },
      ),
    );
  });

  test('admits its full rate when asked at the time it names', () => {
    for (const perSecond of [0.5, 3, 50, 999, 5_000]) {
      const { limit, clock } = limited(perSecond);
      let passed = takeAll(limit);
      while (clock.nowMs < 25_000) {
        clock.nowMs += limit.waitMs;
        passed += takeAll(limit);
      }
      assert.ok(passed >= perSecond * 20 * 0.95, `${passed} at ${perSecond}/s in 20 s`);
    }
  });

  test('starts full, and saves at most a tenth of a second', () => {
    const { limit, clock } = limited(50);
    assert.equal(takeAll(limit), 5);
    clock.nowMs += 60_000;
    assert.equal(takeAll(limit), 5);
  });
});
