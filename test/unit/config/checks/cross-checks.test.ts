import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

describe('the cross-checks of a file', () => {
  it('reject an argument set both by its x_ key and in arguments', () => {
    const text = `queues:\n  - queue: q\n    x_max_length: 5\n    arguments:\n      x-max-length: 5\n${CONSUMERS}`;
    assert.deepEqual(reportOf(text), [
      '5:21  queues[0].arguments.x-max-length  is set here and by x_max_length (expected only one of the two)',
    ]);
  });

  it('reject what RabbitMQ refuses for quorum queues and streams', () => {
    for (const type of ['quorum', 'stream']) {
      for (const key of [`x_queue_type: ${type}`, `arguments: {x-queue-type: ${type}}`]) {
        const text = `queues:
  - queue: q
    ${key}
    durable: false
    auto_delete: true
    exclusive: true
${CONSUMERS}`;
        assert.deepEqual(reportOf(text), [
          `4:14  queues[0].durable  is false (expected true: a ${type} queue is always durable)`,
          `5:18  queues[0].auto_delete  is true (expected false: a ${type} queue cannot delete itself)`,
          `6:16  queues[0].exclusive  is true (expected false: a ${type} queue cannot be exclusive)`,
        ]);
      }
    }
  });

  it('accept the same for classic and passive queues', () => {
    const entries = [
      '{queue: q, durable: false, exclusive: true, auto_delete: true}',
      '{queue: r, x_queue_type: classic, durable: false}',
      '{queue: s, x_queue_type: quorum, durable: false, passive: true}',
    ];
    assert.equal(configurationOf(`queues: [${entries.join(', ')}]\n${CONSUMERS}`).queues.length, 3);
  });

  it('require a type for an exchange to declare', () => {
    assert.deepEqual(reportOf(`exchanges:\n  - exchange: e\n${CONSUMERS}`), [
      '2:5  exchanges[0].type  is missing (expected direct, fanout, topic, headers or x-…, unless passive is true)',
    ]);
  });

  it('reject an unlimited prefetch on a stream', () => {
    const text = `queues: [{queue: mail, x_queue_type: stream}]\n${CONSUMERS}    prefetch_count: 0\n`;
    assert.deepEqual(reportOf(text), [
      '5:21  consumers[0].prefetch_count  is 0 (expected 1 or more: the queue is a stream)',
    ]);
  });

  it('reject limits for shared threads, and recycle or timeout without a limit', () => {
    assert.deepEqual(reportOf(`${CONSUMERS}    resource_limits: {stack_mb: 8}\n`), [
      '4:22  consumers[0].resource_limits  is set without threads (expected threads of the entry: the shared threads have the resource_limits of the file)',
    ]);
    assert.deepEqual(reportOf(`${CONSUMERS}    recycle: {}\n`), [
      '4:14  consumers[0].recycle  is empty (expected messages, heap_mb, age, or several of them)',
    ]);
    assert.deepEqual(reportOf(`${CONSUMERS}    timeout: {}\n`), [
      '4:14  consumers[0].timeout  is empty (expected soft, hard or both)',
    ]);
  });

  it('reject retries on a stream, delay above max_delay, and a hard timeout below the soft one', () => {
    const stream = 'queues: [{queue: mail, x_queue_type: stream}]\n';
    assert.deepEqual(reportOf(`${stream}${CONSUMERS}    retry: {}\n    on_exhausted: discard\n`), [
      '5:12  consumers[0].retry  is set (expected nothing: the queue is a stream, which keeps its messages)',
      '6:19  consumers[0].on_exhausted  is set (expected nothing: the queue is a stream, which keeps its messages)',
    ]);
    const known = `${CONSUMERS}    arguments: {x-stream-offset: first}\n    retry: {}\n    prefetch_count: 0\n`;
    assert.deepEqual(
      reportOf(known).map((line) => line.split('  ')[1]),
      ['consumers[0].retry', 'consumers[0].prefetch_count'],
    );
    assert.deepEqual(reportOf(`${CONSUMERS}    retry: {delay: 20m}\n`), [
      '4:20  consumers[0].retry.delay  is "20m" (expected at most retry.max_delay, which is 10m by default)',
    ]);
    assert.deepEqual(reportOf(`${CONSUMERS}    timeout: {soft: 30s, hard: 20s}\n`), [
      '4:32  consumers[0].timeout.hard  is "20s" (expected at least timeout.soft, which is 30s)',
    ]);
  });

  it('reject batch with partition_by, and a batch wait that the broker would time out', () => {
    assert.ok(
      reportOf(`${CONSUMERS}    batch: {}\n    partition_by: header:id\n`).includes(
        '4:12  consumers[0].batch  is set beside partition_by (expected only one of the two)',
      ),
    );
    assert.deepEqual(reportOf(`${CONSUMERS}    batch: {wait: 11m}\n`), [
      '4:19  consumers[0].batch.wait  is "11m" (expected at most 10m: the broker waits for answers)',
    ]);
  });

  it('reject reconnect_delay above reconnect_delay_max, also above its default', () => {
    const expected = '(expected at most reconnect_delay_max, which is';
    assert.deepEqual(reportOf(`connection: {reconnect_delay: 2s, reconnect_delay_max: 1s}\n${CONSUMERS}`), [
      `1:31  connection.reconnect_delay  is "2s" ${expected} 1s)`,
    ]);
    const outside = 'connection: {reconnect_delay: 2s, reconnect_delay_max: "${MAX:-900ms}"}\n';
    assert.deepEqual(reportOf(`${outside}${CONSUMERS}`), [
      '1:31  connection.reconnect_delay  is "2s" (expected at most reconnect_delay_max, which is ${MAX:-900ms})',
    ]);
    assert.deepEqual(reportOf(`connection: {reconnect_delay: 1m}\n${CONSUMERS}`), [
      `1:31  connection.reconnect_delay  is "1m" ${expected} 30s by default)`,
    ]);
  });

  it('require the key of a certificate, and the certificate of a key', () => {
    assert.deepEqual(reportOf(`connection:\n  tls:\n    certificate: ./a.pem\n${CONSUMERS}`), [
      '3:5  connection.tls.key  is missing (expected the PEM file that belongs to tls.certificate)',
    ]);
    assert.deepEqual(reportOf(`connection:\n  tls:\n    key: ./a.key\n${CONSUMERS}`), [
      '3:5  connection.tls.certificate  is missing (expected the PEM file that belongs to tls.key)',
    ]);
  });

  it('report together with other problems of the same entry', () => {
    const text = `queues: [{queue: q, x_queue_type: quorum, durable: false, colour: red}]\n${CONSUMERS}`;
    assert.equal(reportOf(text).length, 2);
  });
});
