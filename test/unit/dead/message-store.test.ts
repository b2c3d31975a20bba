import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageStore, type StoredMessage } from '../../../src/dead/message-store.js';
import { waitFor } from '../../support/wait.js';
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

test('a message store keeps nothing of a message in memory that it has written to its file', async (t) => {
  const store = new MessageStore(0);
  t.after(() => store.close());
  const put = async (): Promise<{ stored: StoredMessage; body: WeakRef<Buffer> }> => {
    const { taken } = deadMessage({ body: 'x'.repeat(10_000) });
    return { stored: await store.put(taken), body: new WeakRef(taken.body) };
  };
  const { stored, body } = await put();
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  await waitFor(
    () => {
      collect();
      return body.deref() === undefined;
    },
    { what: 'the body to be freed' },
  );
  assert.equal(String((await stored.load()).body), 'x'.repeat(10_000));
});
