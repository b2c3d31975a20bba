import assert from 'node:assert/strict';
import { test } from 'node:test';

test('the worker entries refuse to load on the main thread, where no user code may run', async () => {
  for (const entry of ['session', 'probe']) {
    await assert.rejects(import(new URL(`../../../workers/${entry}.js`, import.meta.url).href), {
      name: 'DispatcherError',
      code: 'WORKER_ENTRY_MISUSED',
    });
  }
});
