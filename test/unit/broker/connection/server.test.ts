import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFieldTable } from '../../../../src/amqp/index.js';
import {
  type BrokerServer,
  isRabbitMqSince,
  type ReleaseLine,
  serverOf,
} from '../../../../src/broker/connection/server.js';

const rabbit = (version: string): BrokerServer => ({ product: 'RabbitMQ', version });

describe('serverOf', () => {
  test('reads product and version from the properties of connection.start', () => {
    const properties = { product: 'RabbitMQ', version: '4.3.6', capabilities: { consumer_cancel_notify: true } };
    assert.deepEqual(serverOf(encodeFieldTable(properties)), rabbit('4.3.6'));
  });

  test('is empty when the broker sends nothing, something else, or unreadable values', () => {
    const unknown = { product: '', version: '' };
    assert.deepEqual(serverOf(Buffer.alloc(0)), unknown);
    assert.deepEqual(serverOf(encodeFieldTable({ product: 7 })), unknown);
    assert.deepEqual(serverOf(Buffer.from([200, 1])), unknown);
  });
});

describe('isRabbitMqSince', () => {
  const cases: [version: string, line: ReleaseLine, expected: boolean][] = [
    ['3.10.8', '4.0', false],
    ['3.13.7', '3.9', true],
    ['4.0.5', '4.0', true],
    ['4.0.5', '4.3', false],
    ['4.3.6', '4.3', true],
    ['4.10.0', '4.3', true],
    ['5.0.0', '4.3', true],
    ['10.0.1', '4.3', true],
    ['4.3.0-beta.2', '4.3', true],
    ['3.13.7+12.gabc', '4.0', false],
    ['unknown', '3.0', false],
    ['', '3.0', false],
  ];
  for (const [version, line, expected] of cases) {
    test(`takes "${version}" for ${expected ? '' : 'no '}release ${line} or later`, () => {
      assert.equal(isRabbitMqSince(rabbit(version), line), expected);
    });
  }

  test('is false for other products and before the first connection', () => {
    assert.equal(isRabbitMqSince({ product: 'LavinMQ', version: '4.3.0' }, '4.0'), false);
    assert.equal(isRabbitMqSince(undefined, '3.0'), false);
  });
});
