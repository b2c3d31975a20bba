import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfiguration } from '../../../../../src/config/index.js';
import { CONSUMERS, warningsOf } from '../../readings.js';

const MAIL = '  - queue: mail\n';

describe('the warnings about exchanges and queues', () => {
  it('name a binding, a dead-letter exchange and an alternate exchange that the file does not declare', () => {
    const text = `exchanges:
  - exchange: shop
    type: topic
    arguments: {alternate-exchange: unrouted}
queues:
${MAIL}    x_dead_letter_exchange: dead
    bindings:
      - exchange: shpo
${CONSUMERS}`;
    assert.deepEqual(warningsOf(text), [
      '4:37  exchanges[0].arguments.alternate-exchange  is "unrouted", which this file does not declare; it must exist already',
      '7:29  queues[0].x_dead_letter_exchange  is "dead", which this file does not declare; it must exist already',
      '9:19  queues[0].bindings[0].exchange  is "shpo", which this file does not declare, did you mean "shop"?',
    ]);
  });

  it('pass over the exchanges that every broker has', () => {
    const text = `queues:\n${MAIL}    bindings: [{exchange: amq.topic}]\n    arguments: {x-dead-letter-exchange: amq.fanout}\n`;
    assert.deepEqual(warningsOf(`${text}  - {queue: dead, bindings: [{exchange: amq.fanout}]}\n${CONSUMERS}`), []);
  });

  it('name a dead-letter exchange that nothing is bound to', () => {
    const dead = 'exchanges: [{exchange: dead, type: fanout}]\nqueues:\n';
    const queue = `${MAIL}    arguments: {x-dead-letter-exchange: dead}\n`;
    assert.deepEqual(warningsOf(`${dead}${queue}${CONSUMERS}`), [
      '4:41  queues[0].arguments.x-dead-letter-exchange  is "dead", and this file binds nothing to that exchange: it may drop the dead letters',
    ]);
    assert.deepEqual(warningsOf(`${dead}${queue}  - {queue: grave, bindings: [{exchange: dead}]}\n${CONSUMERS}`), []);
  });

  it('name the queue of a dead-letter routing key of the default exchange', () => {
    const text = `queues:\n${MAIL}    x_dead_letter_exchange: ""\n    x_dead_letter_routing_key: mail.dlq\n`;
    assert.deepEqual(warningsOf(`${text}${CONSUMERS}`), [
      '4:32  queues[0].x_dead_letter_routing_key  is "mail.dlq", which this file does not declare; it must exist already',
    ]);
    assert.deepEqual(warningsOf(`${text}  - queue: mail.dlq\n${CONSUMERS}`), []);
  });

  it('suggest the declared queue that a consumer probably means', () => {
    assert.deepEqual(warningsOf(`queues: [{queue: mails}]\n${CONSUMERS}`), [
      '4:12  consumers[0].queue  is "mail", which this file does not declare, did you mean "mails"?',
    ]);
  });

  it('name an argument that is nearly one of RabbitMQ, and leave those of plugins alone', () => {
    const text = `queues:\n${MAIL}    arguments: {x-mesage-ttl: 5, x-shard-count: 3}\n${CONSUMERS}`;
    assert.deepEqual(warningsOf(text), [
      '3:31  queues[0].arguments.x-mesage-ttl  is not an argument of RabbitMQ, which ignores it, did you mean "x-message-ttl"?',
    ]);
  });
});

describe('the warning about timeout.hard', () => {
  it('compares with x-consumer-timeout of the consumer, then of the queue, then with 30 minutes', () => {
    assert.match(warned('', '').join(), /timeout\.hard {2}is 31m, above RabbitMQ's default consumer timeout, 30m/);
    assert.deepEqual(warned(', arguments: {x-consumer-timeout: 3600000}', ''), []);
    const consumer = '    arguments: {x-consumer-timeout: 60000}\n';
    assert.match(warned(', arguments: {x-consumer-timeout: 3600000}', consumer).join(), /above x-consumer-timeout, 1m/);
  });
});

describe('the warnings of an invalid file', () => {
  it('are reported beside its problems, those of the same entry too', () => {
    const text = `threds: 2
queues:
${MAIL}    durable: nope
    x_dead_letter_exchange: dead
  - queue: orders
    x_dead_letter_exchange: dead
${CONSUMERS}    consumer_count: 4
    prefetch_count: 2
`;
    assert.deepEqual(warningPaths(text), [
      'queues[0].x_dead_letter_exchange',
      'queues[1].x_dead_letter_exchange',
      'consumers[0].prefetch_count',
    ]);
  });

  it('are left out where a name or a section is invalid, because they might follow from that', () => {
    assert.deepEqual(warningPaths(`queues:\n  - quue: mail\n${CONSUMERS}`), []);
    assert.deepEqual(warningPaths(`queues: {}\n${CONSUMERS}`), []);
    assert.deepEqual(warningPaths(`queues:\n${MAIL}    bindings: [{routing_key: a}]\n${CONSUMERS}`), []);
  });
});

function warned(queue: string, consumer: string): string[] {
  return warningsOf(`queues: [{queue: mail${queue}}]\n${CONSUMERS}    timeout: {hard: 31m}\n${consumer}`);
}

function warningPaths(text: string): string[] {
  const reading = parseConfiguration('config.yml', Buffer.from(text));
  assert.ok(!reading.ok);
  return reading.warnings.map(({ path }) => path);
}
