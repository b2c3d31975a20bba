import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { AnswerVigil } from '../../../src/pool/answer-vigil.js';
import { SessionMail } from '../../../src/pool/session-mail.js';

test('the loop stays awake for deliveries once they are posted, and not for replies', (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  t.after(() => port2.close());
  let vigils = 0;
  const mail = new SessionMail(port1, new AnswerVigil({ nowMs: () => 0, nextTurn: () => vigils++ }));
  mail.confirm(1);
  mail.flush();
  assert.equal(vigils, 0);
  mail.deliver(0, { cell: 0, generation: 1 });
  assert.equal(vigils, 0);
  mail.flush();
  assert.equal(vigils, 1);
});
