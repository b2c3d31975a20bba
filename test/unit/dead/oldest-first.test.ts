import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { MessageStore } from '../../../src/dead/message-store.js';
import { OldestFirst } from '../../../src/dead/oldest-first.js';
import { deadMessage } from './dead-parts.js';

async function order(seconds: readonly (number | undefined)[], store: MessageStore, limit?: number): Promise<string[]> {
  const oldest = new OldestFirst(store, limit);
  for (const [position, second] of seconds.entries()) {
    const headers = second === undefined ? {} : { [RECORD_HEADERS.diedAt]: new Date(second * 1000) };
    await oldest.add(deadMessage({ headers, body: `${second ?? 'never'}/${position}` }));
  }
  const bodies: string[] = [];
  for (const each of oldest.sorted()) bodies.push(String((await each.load()).body));
  return bodies;
}

test('messages are ordered by their deaths, then by their places, and those without a death come last', async () => {
  const store = new MessageStore();
  assert.deepEqual(await order([3, undefined, 1, 3, undefined, 2], store), [
    '1/2',
    '2/5',
    '3/0',
    '3/3',
    'never/1',
    'never/4',
  ]);
});

test('a limit keeps the oldest of many', async () => {
  const seconds = Array.from({ length: 1_000 }, (_, index) => (index * 7) % 1_000);
  assert.deepEqual(
    (await order(seconds, new MessageStore(), 3)).map((body) => body.split('/')[0]),
    ['0', '1', '2'],
  );
});

test('messages beyond the memory of a store come back from its file', async () => {
  const store = new MessageStore(100);
  const expected = await order([5, 4, 3, 2, 1], new MessageStore());
  assert.deepEqual(await order([5, 4, 3, 2, 1], store), expected);
  await store.close();
});
