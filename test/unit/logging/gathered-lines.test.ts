import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { GatheredLines } from '../../../src/logging/gathered-lines.js';

function open(t: TestContext): { lines: GatheredLines; writes: string[] } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const writes: string[] = [];
  return { lines: new GatheredLines({ write: (text) => void writes.push(text) }), writes };
}

describe('log lines', () => {
  test('are written at once when single, and together when several come in quick succession', (t) => {
    const { lines, writes } = open(t);
    for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line);
    assert.deepEqual(writes, ['a\n']);
    t.mock.timers.tick(10);
    assert.deepEqual(writes, ['a\n', 'b\nc\n']);
    lines.write('d\n');
    t.mock.timers.tick(10);
    assert.deepEqual(writes.slice(2), ['d\n']);
    t.mock.timers.tick(10);
    lines.write('e\n');
    assert.deepEqual(writes.slice(3), ['e\n']);
  });

  test('are flushed with a fatal line, and when too many are held', (t) => {
    const { lines, writes } = open(t);
    lines.write('a\n');
    lines.write('fatal\n');
    lines.flushSync();
    assert.deepEqual(writes, ['a\n', 'fatal\n']);
    const long = 'x'.repeat(65_537);
    lines.write(long);
    assert.deepEqual(writes.slice(2), [long]);
  });
});
