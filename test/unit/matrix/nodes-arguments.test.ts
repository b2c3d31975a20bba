import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readNodesArguments } from '../../matrix/nodes-arguments.js';

describe('the arguments of test:nodes', () => {
  test('by default: every Node.js that the package supports', () => {
    assert.deepEqual(readNodesArguments([]), { only: [20, 22, 24, 26] });
  });

  test('accept major versions', () => assert.deepEqual(readNodesArguments(['--only', '22,26']), { only: [22, 26] }));

  test('refuse anything but a major version', () => {
    assert.throws(
      () => readNodesArguments(['--only', '22.18']),
      /"22\.18" is no major version of Node\.js, such as 22/,
    );
  });
});
