import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseInequality, valueOf } from '../../../../src/broker/comparison/inequality.js';

const PREFIX = "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/':";

describe('an inequality', () => {
  it('is read from each form in which RabbitMQ writes it', () => {
    const cases: readonly (readonly [string, string, string, boolean])[] = [
      ["received '2000' but current is '1000'", '2000', '1000', false],
      ["received none but current is the value '1000' of type 'short'", 'none', '1000', false],
      ["received the value '5' of type 'byte' but current is none", '5', 'none', false],
      ["received none but current is the value 'it's' of type 'longstr'", 'none', "it's", true],
    ];
    for (const [words, received, current, isText] of cases) {
      assert.deepEqual(parseInequality(`${PREFIX} ${words}`), { name: 'x-max-length', received, current, isText });
    }
  });

  it('is not read from other refusals', () => {
    assert.equal(parseInequality("ACCESS_REFUSED - configure access to queue 'q' in vhost '/' refused"), undefined);
  });

  it('gives the value of the broker as it can be declared', () => {
    const inequality = { name: 'x', received: 'none', isText: false };
    assert.equal(valueOf({ ...inequality, current: '1000' }), 1000);
    assert.equal(valueOf({ ...inequality, current: 'true' }), true);
    assert.equal(valueOf({ ...inequality, current: 'lazy' }), 'lazy');
    assert.equal(valueOf({ ...inequality, current: '1000', isText: true }), '1000');
    assert.equal(valueOf({ ...inequality, current: 'none' }), undefined);
  });
});
