import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { schemaDocument } from '../../../../src/config/index.js';
import { schemaText } from '../../../../src/config/schema/write-schema.js';
import { repositoryFile } from '../repository-file.js';

/** Every mapping with named properties in a JSON Schema. */
function mappingsIn(schema: unknown): { properties: object; additionalProperties?: unknown }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const nested = Object.values(schema).flatMap(mappingsIn);
  if (!('properties' in schema) || typeof schema.properties !== 'object' || schema.properties === null) return nested;
  return [{ ...schema, properties: schema.properties }, ...nested];
}

describe('the published schema', () => {
  it('equals what the code generates; run `npm run schema` to update it', () => {
    assert.equal(readFileSync(repositoryFile('config/dispatcher.schema.json'), 'utf8'), schemaText());
  });

  it('allows no unknown key and describes every known one', () => {
    const mappings = mappingsIn(schemaDocument());
    assert.equal(mappings.length, 19);
    for (const { properties, additionalProperties } of mappings) {
      assert.equal(additionalProperties, false);
      for (const [key, property] of Object.entries(properties)) {
        assert.match(JSON.stringify(property), /"description":"\w/, key);
      }
    }
  });

  it('accepts references and keys for anchors, as an editor sees them', () => {
    const validate = new Ajv({ strict: false }).compile(schemaDocument());
    const consumer = { consumer: './a.js:A', queue: '${QUEUE}', prefetch_count: '${N:-10}', on_exhausted: '${X}' };
    const file = { 'x-base': 1, include: ['*.yml'], startup_timeout: '${WAIT}', consumers: [consumer] };
    assert.ok(validate(file), JSON.stringify(validate.errors));
    assert.ok(!validate({ consumers: [{ ...consumer, prefetch_count: 'ten' }] }));
    assert.ok(!validate({ ...file, y: 1 }));
  });

  it('requires mandatory keys and none that has a default', () => {
    const required = [...schemaText().matchAll(/"required": (\[[^\]]*\])/g)].map(([, list]) => JSON.parse(list ?? ''));
    assert.deepEqual(required, [
      ['listen'],
      ['socket'],
      ['exchange'],
      ['exchange'],
      ['exchange'],
      ['queue'],
      ['json'],
      ['consumer', 'queue'],
      ['consumers'],
    ]);
  });
});

describe('the example file', () => {
  it('names the schema on its first line and shows every key', () => {
    const text = readFileSync(repositoryFile('config/dispatcher.example.yml'), 'utf8');
    assert.equal(text.split('\n')[0], '# yaml-language-server: $schema=./dispatcher.schema.json');
    const keys = mappingsIn(schemaDocument()).flatMap(({ properties }) => Object.keys(properties));
    // tls is shown as a comment, because its files do not exist.
    for (const key of keys) assert.match(text, new RegExp(`^[ #-]*${key}:`, 'm'), key);
  });
});
