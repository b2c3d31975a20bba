import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StopSignals } from '../../../src/cli/stop-signals.js';

test('signals that arrive before anyone listens are kept and counted', () => {
  const signals = new StopSignals();
  process.emit('SIGTERM', 'SIGTERM');
  const heard: string[] = [];
  signals.listen((signal, count) => heard.push(`${count}: ${signal}`));
  assert.deepEqual(heard, ['1: SIGTERM']);
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(heard, ['1: SIGTERM', '2: SIGINT']);
});
