import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stackLines } from '../../../../src/cli/ctl/inspection-views.js';

const HASH = { function: 'hash', file: '/app/hash.ts', line: 12, column: 5, isInternal: false };
const CONSUME = { ...HASH, function: 'Hash.consume', line: 3 };
const HOST = { function: 'begin', file: '/daemon/dist/workers/host.js', line: 7, column: 1, isInternal: true };
const TIMERS = { function: 'listOnTimeout', file: 'node:internal/timers', line: 580, column: 17, isInternal: true };

const HASH_LINE = '  hash (/app/hash.ts:12:5)';
const HOST_LINE = '  begin (/daemon/dist/workers/host.js:7:1)';

/** Without the first line, which names the thread. */
function linesOf(frames: readonly object[], { all = false, text = 'the whole text' } = {}): readonly string[] {
  const [head, ...lines] = stackLines({ thread: 0, group: 'shared', message: null, frames, text }, { all });
  assert.equal(head, 'thread 0 of shared runs no message');
  return lines;
}

describe('the stack that ctl prints', () => {
  test('folds neighbouring frames of Node.js and of the daemon into one line that says whose they are', () => {
    assert.deepEqual(linesOf([HASH, HOST, TIMERS, HOST]), [HASH_LINE, '  … 3 frames of Node.js and amqp-dispatcher']);
    assert.deepEqual(linesOf([TIMERS, TIMERS, HASH, HOST, HOST]), [
      '  … 2 frames of Node.js',
      HASH_LINE,
      '  … 2 frames of amqp-dispatcher',
    ]);
  });

  test('shows every frame of a consumer, and a single frame that it would not shorten', () => {
    assert.deepEqual(linesOf([HASH, HOST, CONSUME, TIMERS]), [
      HASH_LINE,
      HOST_LINE,
      '  Hash.consume (/app/hash.ts:3:5)',
      '  listOnTimeout (node:internal/timers:580:17)',
    ]);
  });

  test('is whole with --all, and if all frames are internal', () => {
    assert.deepEqual(linesOf([HASH, HOST, HOST], { all: true, text: 'a\nb' }), ['  a', '  b']);
    assert.deepEqual(linesOf([HOST, TIMERS], { text: 'a\nb' }), ['  a', '  b']);
  });

  test('is one sentence if there are no frames', () => {
    assert.deepEqual(linesOf([], { text: 'idle: no JavaScript runs' }), ['  idle: no JavaScript runs']);
  });

  test('folds nothing of a daemon that does not say whose frames they are', () => {
    const { isInternal: _, ...old } = HOST;
    assert.deepEqual(linesOf([old, old]), [HOST_LINE, HOST_LINE]);
  });
});
