import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Sessions } from '../../../../src/console/security/sessions.js';

const HOUR_MS = 3_600_000;

function openSessions(): { sessions: Sessions; pass: (ms: number) => void } {
  let nowMs = 5;
  return { sessions: new Sessions(() => nowMs), pass: (ms) => void (nowMs += ms) };
}

describe('a session of the console', () => {
  test('has a random id of 256 bits, and only that id opens it', () => {
    const { sessions } = openSessions();
    const ids = Array.from({ length: 50 }, () => sessions.start());
    assert.equal(new Set(ids).size, 50);
    for (const id of ids) {
      assert.equal(Buffer.from(id, 'base64url').length, 32);
      assert.equal(sessions.use(id), true);
      assert.equal(sessions.use(`${id.slice(0, -1)}${id.endsWith('A') ? 'E' : 'A'}`), false);
    }
    for (const id of ['', '__proto__', 'constructor']) assert.equal(sessions.use(id), false);
  });

  test('ends after 8 h without a use, and a look at it is no use', () => {
    const { sessions, pass } = openSessions();
    const id = sessions.start();
    pass(8 * HOUR_MS - 1);
    assert.equal(sessions.use(id), true);
    pass(8 * HOUR_MS - 1);
    assert.equal(sessions.isOpen(id), true);
    pass(1);
    assert.deepEqual([sessions.isOpen(id), sessions.use(id)], [false, false]);
  });

  test('ends after 24 h, however often it is used', () => {
    const { sessions, pass } = openSessions();
    const id = sessions.start();
    for (let hour = 1; hour < 24; hour++) {
      pass(HOUR_MS);
      assert.equal(sessions.use(id), true, `${hour} h`);
    }
    pass(HOUR_MS);
    assert.equal(sessions.use(id), false);
  });

  test('ends at its logout, and with all others when the token changes', () => {
    const { sessions } = openSessions();
    const [one, other] = [sessions.start(), sessions.start()];
    sessions.end(one);
    assert.deepEqual([sessions.use(one), sessions.use(other)], [false, true]);
    sessions.endAll();
    assert.equal(sessions.use(other), false);
  });

  test('gives way to a new one if there are 100 and it is the one that was used longest ago', () => {
    const { sessions } = openSessions();
    const first = sessions.start();
    const second = sessions.start();
    for (let count = 2; count < 100; count++) sessions.start();
    sessions.use(first);
    sessions.start();
    assert.deepEqual([sessions.size, sessions.use(first), sessions.use(second)], [100, true, false]);
  });
});
