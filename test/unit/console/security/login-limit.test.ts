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

  test('lets an address try while an attacker fails from 10,000 others', () => {
    const { limit, fail } = openLimit();
    for (let count = 0; count < 10_000; count++) fail(`10.0.${count >> 8}.${count & 255}`);
    assert.equal(limit.waitMs('10.1.1.1'), 0);
  });

  test('counts the IPv6 addresses of a /64 as one, and those of others alone', () => {
    const { limit, fail } = openLimit();
    const same = ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:5:6:7:8', '2001:db8::f:1', '2001:db8:0::9'];
    for (const address of same) assert.equal(fail(address), true);
    assert.equal(limit.waitMs('2001:db8::3'), 60_000);
    for (const other of ['2001:db8:0:1::3', '2001:db9::3', '::1', 'fe80::1']) assert.equal(limit.waitMs(other), 0);
  });

  test('has 60 lines a minute in the log at most', () => {
    const { limit, pass } = openLimit();
    const logged = Array.from({ length: 100 }, (_, index) => limit.failed(`10.0.0.${index}`));
    assert.equal(logged.filter(Boolean).length, 60);
    pass(60_000);
    assert.equal(limit.failed('10.0.0.1'), true);
  });

  test('remembers at most 10,000 addresses, whatever comes, and forgets them after a minute', () => {
    const { limit, pass, fail } = openLimit();
    for (let count = 0; count < 20_000; count++) fail(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
    assert.equal(limit.size, 10_000);
    pass(60_000);
    assert.equal(limit.waitMs('10.1.1.1'), 0);
    assert.equal(limit.size, 0);
  });
});
