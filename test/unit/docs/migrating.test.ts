import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const page = readFileSync(new URL('../../../../docs/migrating.md', import.meta.url), 'utf8');

/** Every feature that the README of the Python program, version 0.11, mentions, in its words and order. */
const FEATURES = [
  'Python 2.6+',
  'pip install',
  '--config',
  'RABBITMQ_URL',
  'heartbeat',
  'RABBITMQ_HEARTBEAT',
  'make example',
  'monkey patch',
  'consume(amqp, msg)',
  'shutdown(exception)',
  'a new instance',
  'gevent.sleep(X)',
  'amqp.publish',
  'amqp.ack()',
  '--validate',
  'startup_handler',
  'durable',
  'auto_delete',
  'exclusive',
  'permissions',
  'x_dead_letter_exchange',
  'x_dead_letter_routing_key',
  'x_max_length',
  'x_expires',
  'x_message_ttl',
  'passive',
  'bindings',
  'routing_key',
  'workers.module:Consumer',
  'consumer_count',
  'prefetch_count',
  'MySQL Connector',
  'kept on the class',
  'a session',
  'amqp-dispatcher.haigha',
  'LOGGING_FILE_CONFIG',
  'fileConfig',
];

describe('docs/migrating.md', () => {
  test('has a row for every feature of the Python README', () => {
    const section = page.split(/^## /m).find((text) => text.startsWith('Every feature of the README')) ?? '';
    const cells = section.split('\n').map((line) => line.split(' | ')[0] ?? '');
    for (const feature of FEATURES)
      assert.ok(
        cells.some((cell) => cell.startsWith('|') && cell.includes(feature)),
        feature,
      );
  });
});
