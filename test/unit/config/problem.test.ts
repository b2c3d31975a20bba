import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem } from '../../../src/config/index.js';
import { formatPath } from '../../../src/config/problem.js';

describe('formatProblem', () => {
  const problem = { file: 'a.yml', line: 3, column: 7, path: 'queues[0].durable', message: 'is "yes"' };

  it('prints file, line and column, then path, finding and expectation', () => {
    assert.equal(
      formatProblem({ ...problem, expected: 'true or false' }),
      'a.yml:3:7  queues[0].durable  is "yes" (expected true or false)',
    );
  });

  it('omits absent parts', () => {
    assert.equal(formatProblem({ ...problem, path: '', message: 'is a folder' }), 'a.yml:3:7  is a folder');
  });
});

describe('formatPath', () => {
  it('joins keys by dots, puts indexes into brackets and quotes unusual keys', () => {
    assert.equal(formatPath(['queues', 0, 'bindings', 12, 'exchange']), 'queues[0].bindings[12].exchange');
    assert.equal(formatPath(['options', 'x-y', 'a.b c', '0']), 'options.x-y["a.b c"]["0"]');
    assert.equal(formatPath([]), '');
  });
});
