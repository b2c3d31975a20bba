import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseThreadTime } from '../../../benchmark/probes/thread-time.js';

test('user and system time are read after any process name', () => {
  const behind = 'S 1 2 3 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 11 0 12345';
  assert.equal(parseThreadTime(`42 (node) ${behind}`), 2000);
  assert.equal(parseThreadTime(`42 (a (b) c) ${behind}`), 2000);
});

test('an invalid stat line has no time', () => {
  assert.equal(parseThreadTime(''), undefined);
  assert.equal(parseThreadTime('42 (node) S 1'), undefined);
});
