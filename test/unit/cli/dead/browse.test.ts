import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageList } from '../../../../src/cli/dead/browse/message-list.js';
import type { SnapshotEntry } from '../../../../src/dead/index.js';
import { MessageStore } from '../../../../src/dead/message-store.js';
import { deadMessage } from '../../dead/dead-parts.js';

test('the age of a message in the list is that of the moment when it is drawn', async () => {
  const diedAt = '2026-11-25T00:00:00Z';
  const store = new MessageStore();
  const stored = await store.put(deadMessage().taken);
  await store.close();
  const entry: SnapshotEntry = { facts: { id: 'm', diedAt, bytes: 1, preview: 'b' }, contentHash: 'c', stored };
  const list = new MessageList();
  list.replace([entry]);
  list.show([entry]);
  const rowAt = (afterMs: number) =>
    list.lines({ columns: 80, rows: 1, nowMs: Date.parse(diedAt) + afterMs, absence: 'none' })[1] ?? '';
  assert.match(rowAt(59_000), / m +59s /);
  assert.match(rowAt(61_000), / m +1m /);
  list.show([]);
  assert.match(rowAt(0), /^ {2}none$/);
});
