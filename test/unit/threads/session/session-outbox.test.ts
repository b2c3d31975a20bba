import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleSpin } from '../../../../src/threads/idle-spin.js';
import { SessionOutbox } from '../../../../src/threads/session/session-outbox.js';

test('the loop spins after deliveries are posted, but not after replies', () => {
  let spins = 0;
  const posted: string[] = [];
  const mail = new SessionOutbox(
    ({ type }) => void posted.push(type),
    new IdleSpin({ nowMs: () => 0, nextTurn: () => spins++ }),
  );
  mail.confirm(1);
  mail.flush();
  assert.equal(spins, 0);
  mail.deliver(0, { cell: 0, generation: 1 });
  assert.equal(spins, 0);
  mail.flush();
  assert.equal(spins, 1);
  assert.deepEqual(posted, ['replies', 'deliver']);
});
