import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behaves } from '../../support/broker/broker-behaviour.js';

test("a broker's behaviour follows from its version", () => {
  for (const [version, expected] of [
    ['3.10.8', false],
    ['3.13.7', false],
    ['4.0.5', true],
    ['4.3.6', true],
    ['10.0.0', true],
  ] as const)
    assert.equal(behaves(version, 'bodies up to 16 MiB'), expected, version);
  assert.equal(behaves('4.2.9', 'the consumer timeout cancels'), false);
  assert.throws(() => behaves('undefined', 'bodies up to 16 MiB'), /"undefined" is no version/);
});
