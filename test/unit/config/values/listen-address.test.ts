import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseListenAddress } from '../../../../src/config/index.js';

describe('an address to listen on', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    ['localhost:0', 'localhost', 0],
    ['[::1]:9464', '::1', 9464],
    ['[fe80::1]:1', 'fe80::1', 1],
    ['my-host.internal:65535', 'my-host.internal', 65_535],
    [':9464', undefined, 9464],
  ] as const) {
    test(`is read: ${text}`, () => {
      assert.deepEqual(parseListenAddress(text), { host, port });
    });
  }

  for (const text of [
    '',
    '9464',
    ':',
    'host',
    'host:',
    'host:-1',
    'host:65536',
    'host:1a',
    '::1:80',
    '[::1]',
    '[x]:1',
  ]) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      assert.equal(parseListenAddress(text), undefined);
    });
  }
});
