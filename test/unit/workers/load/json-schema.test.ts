import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { JsonSchema } from '../../../../workers/load/json-schema.js';
import { makeFolder } from '../module-folder.js';

type Schema = Readonly<Record<string, unknown>>;

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

async function load(t: TestContext, files: Readonly<Record<string, Schema | string>>): Promise<JsonSchema> {
  const texts = Object.entries(files).map(([name, file]) => [
    name,
    typeof file === 'string' ? file : JSON.stringify(file),
  ]);
  return JsonSchema.load(join(makeFolder(t, Object.fromEntries(texts)), 'a.json'));
}

async function errorsOf(t: TestContext, schema: Schema, value: unknown): Promise<readonly string[] | undefined> {
  return (await load(t, { 'a.json': schema })).check(value, 100);
}

describe('the validation of a body by a JSON Schema', () => {
  test('finds nothing in a valid body, and changes nothing: no defaults, no conversions', async (t) => {
    const properties = { n: { type: 'number', default: 5 }, s: { type: 'string' } };
    const body = { s: 'x', more: 1 };
    assert.equal(await errorsOf(t, { type: 'object', properties }, body), undefined);
    assert.deepEqual(body, { s: 'x', more: 1 });
    assert.deepEqual(await errorsOf(t, { properties }, { n: '5' }), ['/n must be number']);
  });

  test('finds each error, with its position and what was expected', async (t) => {
    const schema = {
      properties: {
        user: { properties: { email: { type: 'string', format: 'email' } } },
        kind: { enum: ['a', 'b'] },
        version: { const: 2 },
        odd: { unknown: undefined },
      },
      required: ['id'],
      additionalProperties: false,
      propertyNames: { maxLength: 8 },
    };
    const body = { user: { email: 'nobody' }, kind: 'c', version: 1, stray: 1, 'much too long': 1 };
    const errors = (await errorsOf(t, schema, body)) ?? [];
    assert.deepEqual(errors.toSorted(), [
      '/kind must be equal to one of the allowed values: ["a","b"]',
      '/user/email must match format "email"',
      '/version must be equal to constant 2',
      'the body must NOT have additional properties: "much too long"',
      'the body must NOT have additional properties: "stray"',
      "the body must have required property 'id'",
      'the body property name must be valid: "much too long"',
      'the name "much too long" in the body must NOT have more than 8 characters',
    ]);
  });

  test('requires own properties, not inherited ones', async (t) => {
    const schema = { required: ['constructor'], properties: { toString: { type: 'string' } } };
    assert.deepEqual(await errorsOf(t, schema, {}), ["the body must have required property 'constructor'"]);
  });

  test('stops at the first error of a large body, because all of them would cost too much', async (t) => {
    const schema = await load(t, { 'a.json': { items: { type: 'string' } } });
    const numbers = Array.from({ length: 1_000 }, (_, index) => index);
    assert.equal(schema.check(numbers, 64 * 1024)?.length, 1_000);
    assert.deepEqual(schema.check(numbers, 64 * 1024 + 1), ['/0 must be string']);
  });

  test('reports a body that is nested too deeply to check', async (t) => {
    let deep: unknown[] = [];
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const [error, ...others] = (await errorsOf(t, { items: { $ref: '#' } }, deep)) ?? [];
    assert.match(String(error), /^the body cannot be checked: Maximum call stack/);
    assert.deepEqual(others, []);
  });
});

describe('a JSON Schema', () => {
  test('follows the draft that it names, and draft-07 by default', async (t) => {
    const tuple = { prefixItems: [{ type: 'string' }], type: 'array' };
    assert.deepEqual(await errorsOf(t, { $schema: DRAFT_2020, ...tuple }, [1]), ['/0 must be string']);
    const strict = { unevaluatedProperties: false, $schema: 'https://json-schema.org/draft/2019-09/schema' };
    assert.deepEqual(await errorsOf(t, strict, { x: 1 }), ['the body must NOT have unevaluated properties: "x"']);
    await assert.rejects(errorsOf(t, tuple, []), /unknown keyword: "prefixItems"/);
    const seven = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array' };
    assert.equal(await errorsOf(t, seven, []), undefined);
  });

  test('may contain keywords that begin with x-', async (t) => {
    assert.deepEqual(await errorsOf(t, { 'x-owner': 'shop', items: { 'x-note': [1], type: 'null' } }, [1]), [
      '/0 must be null',
    ]);
  });

  test('may refer to files beside it, and they to others and back', async (t) => {
    const schema = await load(t, {
      'a.json': { properties: { home: { $ref: 'parts/address.json' }, next: { $ref: '#' } } },
      'parts/address.json': {
        properties: { city: { $ref: 'names.json#/definitions/city' }, of: { $ref: '../a.json' } },
      },
      'parts/names.json': { definitions: { city: { type: 'string' } } },
    });
    assert.deepEqual(schema.check({ home: { city: 1, of: { home: { city: 2 } } }, next: { home: { city: 3 } } }, 10), [
      '/home/city must be string',
      '/home/of/home/city must be string',
      '/next/home/city must be string',
    ]);
  });

  test('may have an address as $id, against which its references resolve', async (t) => {
    for (const $id of ['https://example.com/schemas/a.json', '/schemas/a', 'a-name']) {
      const schema = await load(t, {
        'a.json': { $id, properties: { home: { $ref: 'parts/address.json' } } },
        'parts/address.json': { properties: { city: { type: 'string' } } },
      });
      assert.deepEqual(schema.check({ home: { city: 1 } }, 10), ['/home/city must be string'], $id);
    }
    const named = await load(t, {
      'a.json': { properties: { home: { $ref: 'address.json' } } },
      'address.json': { $id: 'https://example.com/address.json', properties: { city: { $ref: 'city.json' } } },
      'city.json': { type: 'string' },
    });
    assert.deepEqual(named.check({ home: { city: 1 } }, 10), ['/home/city must be string']);
  });

  const UNUSABLE: readonly [string, Readonly<Record<string, Schema | string>>, RegExp][] = [
    ['is missing', {}, /^schema ".*\/a\.json" does not exist$/],
    ['is a folder', { 'a.json/b': '' }, /^schema ".*" cannot be read: EISDIR/],
    ['is not JSON', { 'a.json': '{' }, /^schema ".*" is not JSON: /],
    ['is no object', { 'a.json': 'true' }, /^schema ".*" is not a JSON Schema \(expected an object\)$/],
    [
      'has a wrong type',
      { 'a.json': { type: 'strin' } },
      /cannot be used: schema is invalid: data\/type must be equal to/,
    ],
    [
      'has a misspelled keyword',
      { 'a.json': { requierd: [] } },
      /cannot be used: strict mode: unknown keyword: "requierd"/,
    ],
    ['has an unknown format', { 'a.json': { format: 'emial' } }, /cannot be used: unknown format "emial"/],
    ['has a broken pattern', { 'a.json': { pattern: '(' } }, /cannot be used: .*Invalid regular expression/],
    [
      'is of another draft',
      { 'a.json': { $schema: 'http://json-schema.org/draft-04/schema#' } },
      /expected one of http/,
    ],
    ['is asynchronous', { 'a.json': { $async: true } }, /has "\$async" \(expected a schema without it\)/],
    ['has an $id that is no address', { 'a.json': { $id: 'http://' } }, /has "\$id" "http:\/\/" \(expected an address/],
    [
      'refers to nothing',
      { 'a.json': { $ref: '#/definitions/no' } },
      /cannot be used: ".*#\/definitions\/no" does not exist$/,
    ],
    [
      'refers to a file that is missing',
      { 'a.json': { $ref: 'b.json' } },
      /^schema ".*\/a\.json" refers to "file:.*\/b\.json": schema ".*\/b\.json" does not exist$/,
    ],
    [
      'refers to the network',
      { 'a.json': { $ref: 'https://example.com/b.json' } },
      /^schema ".*\/a\.json" refers to "https:\/\/example\.com\/b\.json": which is not a file \(expected a path/,
    ],
    [
      'refers to one of another draft',
      { 'a.json': { $ref: 'b.json' }, 'b.json': { $schema: DRAFT_2020 } },
      /b\.json" is of 2020-12 \(expected draft-07, as the file that refers to it\)$/,
    ],
  ];
  for (const [what, files, message] of UNUSABLE) {
    test(`that ${what} is refused`, async (t) => {
      await assert.rejects(load(t, files), { name: 'ConfigurationError', code: 'CONSUMER_SCHEMA_INVALID', message });
    });
  }
});
