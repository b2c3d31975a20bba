import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageStore } from '../../../src/dead/message-store.js';
import { deadMessage } from './dead-parts.js';

test('a message store that cannot create its temporary file says so and names the remedy', async (t) => {
  const before = process.env['TMPDIR'];
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = '/nowhere';
  const store = new MessageStore(0);
  await assert.rejects(store.put(deadMessage().taken), {
    code: 'TEMPORARY_FILE_FAILED',
    message:
      /^cannot keep messages in a temporary file in "\/nowhere": ENOENT.* They stay in the queue\. .* set TMPDIR/,
  });
  await store.close();
});
