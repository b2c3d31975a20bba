import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LoginLimit } from '../../../../src/console/security/login-limit.js';

function openLimit(): { limit: LoginLimit; pass: (ms: number) => void; fail: (address: string) => boolean } {
  let nowMs = 5;
  const limit = new LoginLimit(() => nowMs);
  const fail = (address: string): boolean => {
    if (limit.waitMs(address) > 0) return false;
    limit.failed(address);
    return true;
  };
  return { limit, pass: (ms) => void (nowMs += ms), fail };
}

describe('the limit of failed logins', () => {
  test('lets an address fail 5 times a minute, counted from the first failure', () => {
    const { limit, pass, fail } = openLimit();
    for (let count = 0; count < 5; count++) assert.equal(fail('10.0.0.1'), true);
    pass(15_000);
    assert.equal(limit.waitMs('10.0.0.1'), 45_000);
    assert.equal(limit.waitMs('10.0.0.2'), 0);
    pass(44_999);
    assert.equal(limit.waitMs('10.0.0.1'), 1);
    pass(1);
    assert.equal(limit.waitMs('10.0.0.1'), 0);
  });

  test('lets all addresses together fail 60 times a minute', () => {
    const { limit, pass, fail } = openLimit();
    const failures = Array.from({ length: 100 }, (_, index) => fail(`10.0.0.${index}`));
    assert.equal(failures.filter(Boolean).length, 60);
    assert.equal(limit.waitMs('10.1.1.1'), 60_000);
    pass(60_000);
    assert.equal(limit.waitMs('10.1.1.1'), 0);
  });

  test('remembers at most 60 addresses, whatever comes, and forgets them after a minute', () => {
    const { limit, pass, fail } = openLimit();
    for (let count = 0; count < 10_000; count++) fail(`10.0.${count >> 8}.${count & 255}`);
    assert.equal(limit.size, 60);
    pass(60_000);
    assert.equal(limit.waitMs('10.1.1.1'), 0);
    assert.equal(limit.size, 0);
  });
});
