import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { WireProperties } from '../../../../src/amqp/index.js';
import { JsonSchema } from '../../../../workers/load/json-schema.js';
import { jsonDecoder } from '../../../../workers/message/json-decoder.js';
import { receivedMessage } from '../../../support/amqp/wire-message.js';
import { makeFolder } from '../module-folder.js';

describe('a message that must be JSON', () => {
  test('is parsed once: json() returns the checked value', () => {
    const message = receivedMessage({ body: Buffer.from('{"a":[1]}') });
    assert.equal(jsonDecoder()(message), undefined);
    assert.deepEqual(message.json(), { a: [1] });
    assert.equal(message.json(), message.json());
    const falsy = receivedMessage({ body: Buffer.from('null') });
    assert.equal(jsonDecoder()(falsy), undefined);
    assert.equal(falsy.json(), null);
  });

  test('is invalid, with a reason, if it is not JSON or not in its charset', () => {
    const cases: readonly [Uint8Array, WireProperties, RegExp][] = [
      [Buffer.from('{"a":'), {}, /^the body is not JSON: /],
      [Buffer.alloc(0), {}, /^the body is not JSON: /],
      [Buffer.of(0xff), {}, /^the body is not utf-8 text: /],
      [Buffer.from('{}'), { contentEncoding: 'gzip' }, /^the body is not gzip text: /],
    ];
    for (const [body, properties, why] of cases) {
      const [error, ...others] = jsonDecoder()(receivedMessage({ body, properties })) ?? [];
      assert.match(String(error), why);
      assert.deepEqual(others, []);
    }
  });

  test('is checked as text in its charset', async (t) => {
    const folder = makeFolder(t, { 'a.json': '{"const":"grün"}' });
    const decode = jsonDecoder(await JsonSchema.load(join(folder, 'a.json')));
    const properties = { contentType: 'application/json; charset=latin1' };
    assert.equal(decode(receivedMessage({ body: Buffer.from('"grün"', 'latin1'), properties })), undefined);
    assert.deepEqual(decode(receivedMessage({ body: Buffer.from('"rot"') })), [
      'the body must be equal to constant "grün"',
    ]);
  });
});
