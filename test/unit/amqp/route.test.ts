import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeRoute, encodeRoute, isDefaultExchange } from '../../../src/amqp/index.js';

const shortText = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => Buffer.byteLength(text) <= 255);

describe('a route', () => {
  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(shortText, shortText, (exchange, routingKey) => {
        const bytes = encodeRoute({ exchange, routingKey });
        assert.deepEqual(decodeRoute(bytes), { exchange, routingKey });
        assert.equal(isDefaultExchange(bytes), exchange === '');
      }),
    );
  });

  test('is refused unless it is two short strings', () => {
    const whole = encodeRoute({ exchange: 'jobs', routingKey: 'a.b' });
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => decodeRoute(whole.subarray(0, length)), RangeError, `${length} bytes`);
    }
    assert.throws(() => decodeRoute(Buffer.concat([whole, Buffer.of(0)])), RangeError);
  });
});
