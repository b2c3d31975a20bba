import assert from 'node:assert/strict';
import { emitKeypressEvents, type Key } from 'node:readline';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { keysOf, type PressedKey } from '../../../../src/cli/screen/keys.js';

const PRESSED: readonly (readonly [string, readonly string[]])[] = [
  ['\u001bq', ['escape', 'q']],
  ['\u001bG', ['escape', 'G']],
  ['\u001b&', ['escape', '&']],
  ['\u001b\r', ['escape', 'enter']],
  ['\u001b\u0003', ['escape', 'ctrl-c']],
  ['\u001b[A', ['k']],
  ['\u001b[1;3A', ['k']],
  ['日q', ['日', 'q']],
];

test('a key right after Escape is Escape and that key, and an arrow stays an arrow', () => {
  for (const [bytes, names] of PRESSED) {
    const terminal = new PassThrough();
    const pressed: PressedKey[] = [];
    emitKeypressEvents(terminal);
    terminal.on('keypress', (text: string | undefined, key: Key) => pressed.push(...keysOf(text, key)));
    terminal.emit('data', Buffer.from(bytes));
    assert.deepEqual(
      pressed.map(({ name }) => name),
      names,
      JSON.stringify(bytes),
    );
  }
});
