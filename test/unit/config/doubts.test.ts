import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warningsOf } from './readings.js';

const QUEUES = 'queues: [{queue: mail}]\n';

const consumer = (...lines: string[]) =>
  `consumers:\n  - consumer: ./email.js\n    queue: mail\n${lines.map((line) => `    ${line}\n`).join('')}`;

describe('the warnings of a valid file', () => {
  it('are none for a file without doubts', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 2', 'prefetch_count: 2')}`), []);
  });

  it('name a prefetch_count below consumer_count', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 5', 'prefetch_count: 2')}`), [
      '6:21  consumers[0].prefetch_count  is 2, below consumer_count 5: at any time 3 of the instances idle',
    ]);
  });

  it('name a prefetch_count of 0, and do not call it below consumer_count', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('consumer_count: 5', 'prefetch_count: 0')}`), [
      '6:21  consumers[0].prefetch_count  is 0, no limit of yours: at least 1000 messages at a time are taken from other consumers of the queue',
    ]);
  });

  it('name a prefetch_count that is too small for batches', () => {
    const batch = ['consumer_count: 2', 'batch: {size: 100}'];
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch)}`), []);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch, 'prefetch_count: 99')}`), [
      '7:21  consumers[0].prefetch_count  is 99, below batch.size 100: no batch is ever full, and each waits in vain',
    ]);
    assert.deepEqual(warningsOf(`${QUEUES}${consumer(...batch, 'prefetch_count: 150')}`), [
      '7:21  consumers[0].prefetch_count  is 150, below consumer_count 2 × batch.size 100: not all instances can have a full batch at one time',
    ]);
  });

  it('name a policy that does less than it seems to', () => {
    assert.deepEqual(warningsOf(`${QUEUES}${consumer('on_exhausted: discard')}`), [
      '5:19  consumers[0].on_exhausted  is discard, without retry: it drops only what a consumer rejects, and other failures come back without limit',
    ]);
    const brief = 'queues: [{queue: mail, x_message_ttl: 60000}]\n';
    assert.deepEqual(warningsOf(`${brief}${consumer('retry: {max_delay: 2m}')}`), [
      '5:24  consumers[0].retry.max_delay  is 120000 ms, above the 60000 ms that queue "mail" keeps a message for: one that failed may live longer',
    ]);
  });

  it('name two queues, and two exchanges, of one name', () => {
    const exchanges = 'exchanges: [{exchange: e, type: topic}, {exchange: e, type: topic}]\n';
    assert.deepEqual(warningsOf(`${exchanges}queues: [{queue: mail}, {queue: other}, {queue: mail}]\n${consumer()}`), [
      '1:52  exchanges[1].exchange  is "e", the same name as exchanges[0]',
      '2:49  queues[2].queue  is "mail", the same name as queues[0]',
    ]);
  });

  it('name a queue that a consumer consumes from and the file does not declare', () => {
    assert.deepEqual(warningsOf(consumer()), [
      '3:12  consumers[0].queue  is "mail", which this file does not declare; it must exist already',
    ]);
  });
});
