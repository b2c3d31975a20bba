import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warningsOf } from '../../readings.js';

const QUEUES = 'queues: [{queue: mail}]\n';

const consumer = (...lines: string[]) =>
  `consumers:\n  - consumer: ./email.js\n    queue: mail\n${lines.map((line) => `    ${line}\n`).join('')}`;

function longer(wait: string, attempts: number): string[] {
  const what = 'longer than the x_message_ttl of queue "mail", 1m: a failed message may live longer than that';
  return [`5:12  consumers[0].retry  waits up to ${wait} before the last of its ${attempts} attempts, ${what}`];
}

describe('the warnings of a valid file', () => {
  it('are absent when nothing is doubtful', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 2', 'prefetch_count: 2')}`), []);
  });

  it('report a prefetch_count below consumer_count', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 5', 'prefetch_count: 2')}`), [
      '6:21  consumers[0].prefetch_count  is 2, below consumer_count 5: at least 3 of the 5 instances are always idle',
    ]);
  });

  it('report a prefetch_count of 0 as unlimited, not as below consumer_count', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 5', 'prefetch_count: 0')}`), [
      '6:21  consumers[0].prefetch_count  is 0, which sets no limit: the daemon holds at least 1000 messages that other consumers of the queue cannot get',
    ]);
  });

  it('report a prefetch_count too small for batches', () => {
    const batch = ['consumer_count: 2', 'batch: {size: 100}'];
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch)}`), []);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch, 'prefetch_count: 99')}`), [
      '7:21  consumers[0].prefetch_count  is 99, below batch.size 100: no batch is ever full, and each waits for batch.wait',
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch, 'prefetch_count: 150')}`), [
      '7:21  consumers[0].prefetch_count  is 150, below consumer_count 2 × batch.size 100: not all instances can have a full batch at one time',
    ]);
  });

  it('report a failure policy that does less than it seems to', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('on_exhausted: discard')}`), [
      '5:19  consumers[0].on_exhausted  is discard, without retry: it drops only messages that a consumer rejects, and other failed messages are requeued without limit',
    ]);
    const brief = 'queues: [{queue: mail, x_message_ttl: 60000}]\n';
    // 1, 4, 16 and 64 s.
    assert.deepEqual(warningsOf(`${brief}${consumer('retry: {}')}`), longer('64s', 5));
    assert.deepEqual(warningsOf(`${brief}${consumer('retry: {attempts: 9, max_delay: 2m}')}`), longer('2m', 9));
    for (const few of ['attempts: 4', 'attempts: 1, delay: 2m', 'backoff: fixed', 'max_delay: 1m']) {
      assert.deepEqual(warningsOf(`${brief}${consumer(`retry: {${few}}`)}`), []);
    }
  });

  it('report a transient queue, unless it is exclusive or passive', () => {
    assert.deepEqual(warningsOf(`queues: [{queue: mail, durable: false}]\n${consumer()}`), [
      '1:33  queues[0].durable  is false, and the queue is not exclusive: a restart of the broker deletes it, and RabbitMQ 4 deprecates such queues and can be configured to refuse them',
    ]);
    for (const other of ['durable: false, exclusive: true', 'durable: false, passive: true', 'durable: true']) {
      assert.deepEqual(warningsOf(`queues: [{queue: mail, ${other}}]\n${consumer()}`), []);
    }
  });

  it('report arguments that the queue type refuses, wherever they are set', () => {
    const argument = (type: string, key: string): string[] =>
      warningsOf(`queues: [{queue: mail, x_queue_type: ${type}, arguments: {${key}: 5}}]\n${consumer()}`);
    for (const type of ['quorum', 'stream']) {
      const what = type === 'stream' ? 'stream' : 'quorum queue';
      assert.deepEqual(argument(type, 'x-max-priority'), [
        `1:74  queues[0].arguments.x-max-priority  is set, and RabbitMQ refuses to declare a ${what} with it`,
      ]);
    }
    assert.equal(argument('classic', 'x-delivery-limit').length, 1);
    assert.deepEqual(argument('classic', 'x-max-priority'), []);
    assert.deepEqual(argument('quorum', 'x-delivery-limit'), []);
    const streams = 'queues: [{queue: mail, x_queue_type: stream, x_max_length: 7, x_expires: null}]\n';
    assert.deepEqual(warningsOf(`${streams}${consumer()}`), [
      '1:60  queues[0].x_max_length  is set, and RabbitMQ refuses to declare a stream with it',
    ]);
  });

  it('report idle threads, and a heap limit above the memory of a thread', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 2', 'threads: 4')}`), [
      '6:14  consumers[0].threads  is 4, above consumer_count 2: 2 of its 4 threads are always idle',
    ]);
    const limits = ['threads: 1', 'resource_limits: {max_old_generation_mb: 200}', 'recycle: {heap_mb: 200}'];
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...limits)}`), [
      '7:24  consumers[0].recycle.heap_mb  is 200 MiB, not below the max_old_generation_mb of its threads, 200 MiB: they may run out of memory before they are replaced',
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...limits.toSpliced(2, 1, 'recycle: {heap_mb: 150}'))}`), []);
  });

  it('report a decode whose invalid messages show only in the log', () => {
    const stream = '"mail" is a stream: invalid messages are skipped, and only the log reports them';
    const text = consumer('decode: {json: {}}');
    assert.deepEqual(warningsOf(`queues: [{queue: mail, x_queue_type: stream}]\n${text}`), [
      `5:13  consumers[0].decode  is set, and ${stream}`,
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${text}    arguments: {x-stream-offset: first}\n`), [
      `5:13  consumers[0].decode  is set, and ${stream}`,
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${text}`), []);
    assert.deepEqual(warningsOf(`${QUEUES}${text}    on_exhausted: discard\n`), [
      '6:19  consumers[0].on_exhausted  is discard, without retry: it drops only messages that are invalid or that a consumer rejects, and other failed messages are requeued without limit',
    ]);
  });

  it('report a middleware listed twice', () => {
    const text = `${QUEUES}${consumer('middleware: [./a.js:a, ./b.js:b, ./a.js:a]')}`;
    assert.deepEqual(warningsOf(text), [
      '5:38  consumers[0].middleware[2]  is "./a.js:a", the same as middleware[0]: it is called twice',
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('middleware: [./a.js:a, ./a.js:b]')}`), []);
  });

  it('report an ordering that holds anyway, keeps instances idle, or breaks at another entry', () => {
    const by = 'partition_by: routing_key';
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 2', 'prefetch_count: 20', by)}`), []);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('prefetch_count: 20', by)}`), [
      '6:19  consumers[0].partition_by  is set and consumer_count is 1: a single instance handles messages in order anyway',
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 3', by)}`), [
      '6:19  consumers[0].partition_by  is set and prefetch_count is 3 for 3 instances: two messages with the same key leave an instance idle; raise it, for example to ten per instance',
    ]);
    const both = `${consumer('consumer_count: 2', 'prefetch_count: 20', by)}  - consumer: ./other.js\n    queue: mail\n`;
    assert.deepEqual(warningsOf(`${QUEUES}${both}`), [
      '7:19  consumers[0].partition_by  is set, and consumers[1] on line 8 consumes from queue "mail" too: the order holds only within one entry',
    ]);
  });

  it('report two queues or exchanges of the same name', () => {
    const exchanges = 'exchanges: [{exchange: e, type: topic}, {exchange: e, type: topic}]\n';
    assert.deepEqual(warningsOf(`${exchanges}queues: [{queue: mail}, {queue: other}, {queue: mail}]\n${consumer()}`), [
      '1:52  exchanges[1].exchange  is "e", the same name as exchanges[0] on line 1',
      '2:49  queues[2].queue  is "mail", the same name as queues[0] on line 2',
    ]);
  });

  it('report a consumed queue that the file does not declare', () => {
    assert.deepEqual(warningsOf(consumer()), [
      '3:12  consumers[0].queue  is "mail", which this file does not declare; it must exist already',
    ]);
  });
});
