import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import * as imported from 'amqp-dispatcher';
import * as own from '../../../src/consumer-api/index.js';

const required: Readonly<Record<string, unknown>> = createRequire(import.meta.url)('amqp-dispatcher');

describe('the package', () => {
  test('is one copy for import, require and the daemon itself, so that instanceof holds between them', () => {
    const names = Object.keys(imported);
    assert.deepEqual(names.toSorted(), ['DispatcherError', 'ERROR_CODES', 'Reject', 'Retry']);
    assert.deepEqual(Object.keys(required).toSorted(), names.toSorted());
    assert.deepEqual(Object.keys(own).toSorted(), names.toSorted());
    for (const [name, value] of Object.entries(imported)) assert.equal(required[name], value, name);
    for (const [name, value] of Object.entries(own)) assert.equal(required[name], value, name);
  });
});
