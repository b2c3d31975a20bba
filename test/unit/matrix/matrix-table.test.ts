import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allPassed, formatMatrix, type MatrixRow } from '../../matrix/matrix-table.js';

const SUITES = ['integration', 'faults'];
const GREEN: MatrixRow = {
  name: '3.10.8 (installed)',
  outcomes: new Map([
    ['integration', { ok: true, passed: 285, failed: 0, seconds: 599.7 }],
    ['faults', { ok: true, passed: 60, failed: 0, seconds: 61 }],
  ]),
};
const RED: MatrixRow = {
  name: '4.3.6',
  outcomes: new Map([['integration', { ok: false, passed: 284, failed: 1, seconds: 5 }]]),
};
const MISSING: MatrixRow = { name: '4.0', outcomes: new Map(), missing: 'RabbitMQ 4.0 cannot be had: no root' };

describe('the table of a matrix', () => {
  test('has a line per broker, the reason for a missing one, and the sum', () => {
    assert.equal(
      formatMatrix('RabbitMQ', SUITES, [GREEN, RED, MISSING]),
      [
        'RabbitMQ             integration                         faults',
        '3.10.8 (installed)   285 passed, 0 failed in 10:00 min   60 passed, 0 failed in 1:01 min',
        '4.3.6                284 passed, 1 failed in 0:05 min    not run',
        '4.0: not run. RabbitMQ 4.0 cannot be had: no root',
        '',
        '629 passed, 1 failed',
      ].join('\n'),
    );
  });

  test('distinguishes a suite that crashed without a failed test', () => {
    const outcomes = new Map([['faults', { ok: false, passed: 3, failed: 0, seconds: 1 }]]);
    assert.match(
      formatMatrix('RabbitMQ', ['faults'], [{ name: '4.0.5', outcomes }]),
      /3 passed, 0 failed, broken off in/,
    );
  });

  test('passes when something ran and nothing failed', () => {
    assert.equal(allPassed([GREEN, MISSING]), true);
    assert.equal(allPassed([GREEN, RED]), false);
    assert.equal(allPassed([MISSING]), false);
  });
});
