import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFieldTable, isPublish } from '../../../src/protocol/index.js';
import { encodePublish } from '../../../workers/publish-encoder.js';
import { anything } from '../pool/hostile-messages.js';

const right = {
  exchange: 'e',
  routingKey: 'k',
  mandatory: false,
  body: new Uint8Array(3),
  headers: encodeFieldTable({ a: 1 }),
  properties: { persistent: true },
};

describe('the check of a publish', () => {
  test('lets through what the encoder of the workers makes', () => {
    const options = {
      persistent: false,
      mandatory: true,
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      correlationId: 'c',
      replyTo: 'r',
      messageId: 'm',
      type: 't',
      userId: 'u',
      appId: 'a',
      priority: 255,
      expiration: 1_000,
      timestamp: new Date(0),
    };
    assert.ok(isPublish(encodePublish('', 'q', {}, 'text')));
    assert.ok(isPublish(encodePublish('é'.repeat(127), 'x'.repeat(255), { n: { deep: [1n, null] } }, {}, options)));
  });

  for (const [what, wrong] of Object.entries({
    'an exchange that is no string': { exchange: 5 },
    'a routing key of 256 bytes': { routingKey: 'x'.repeat(256) },
    'a routing key of 128 characters and 256 bytes': { routingKey: 'é'.repeat(128) },
    'a mandatory flag that is none': { mandatory: 1 },
    'a body that is no bytes': { body: 'text' },
    'a body of larger numbers': { body: new Uint16Array(2) },
    'headers that are no table': { headers: new Uint8Array([3, 1, 2]) },
    'headers of an unknown type': { headers: Uint8Array.of(1, 0x61, 0x5a, 0) },
    'a priority that no octet holds': { properties: { persistent: true, priority: 256 } },
    'a timestamp before 1970': { properties: { persistent: true, timestamp: -1 } },
    'a content type that is no string': { properties: { persistent: true, contentType: {} } },
    'a property that there is not': { properties: { persistent: true, CC: ['x'] } },
    'no properties': { properties: null },
  })) {
    test(`refuses ${what}`, () => {
      assert.ok(isPublish(right));
      assert.equal(isPublish({ ...right, ...wrong }), false);
    });
  }

  test('never throws, whatever it is shown', () => {
    const fields = ['exchange', 'routingKey', 'mandatory', 'body', 'headers', 'properties'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...fields), anything, (field, value) => {
        assert.equal(typeof isPublish({ ...right, [field]: value }), 'boolean');
        assert.equal(typeof isPublish(value), 'boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});
