import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, problemsOf, reportOf } from '../readings.js';

describe('the report on an invalid file', () => {
  it('lists every problem at once, in reading order', () => {
    const text = `threds: 4
threads: "4"
startup_timeout: 1 day
startup_handler: "./x.js:"
exchanges:
  - exchange: a
  - type: topc
    exchange: ''
queues:
  - queue: q
    durable: "yes"
    auto-delete: true
    x_queue_type: quorm
    bindings:
      - routing_key: 5
        exchange: [a]
  - nonsense
  - x_message_ttl: -1
    exclusive: ~
    bindings: {exchange: a}
consumers:
  - consumer: x:Y
    prefetchCount: 1
    consumer_count: 0
    colour: red
`;
    assert.deepEqual(reportOf(text), [
      '1:1  threds  is not a known key, did you mean "threads"?',
      '2:10  threads  is "4", did you mean 4? (expected a whole number from 1 to 1024)',
      '3:18  startup_timeout  is "1 day" (expected a duration such as 500ms, 30s, 5m or 1h, or a whole number of milliseconds)',
      '4:18  startup_handler  is "./x.js:" (expected module:Export, such as ./workers/email.js:EmailConsumer)',
      '6:5  exchanges[0].type  is missing (expected direct, fanout, topic, headers or x-…, unless passive is true)',
      '7:11  exchanges[1].type  is "topc", did you mean "topic"? (expected direct, fanout, topic, headers, or a type of a plugin that begins with x-)',
      '8:15  exchanges[1].exchange  is "" (expected the name of the exchange, 1 to 255 bytes of text)',
      '11:14  queues[0].durable  is "yes", did you mean true? (expected true or false)',
      '12:5  queues[0].auto-delete  is not a known key, did you mean "auto_delete"?',
      '13:19  queues[0].x_queue_type  is "quorm", did you mean "quorum"? (expected one of classic, quorum, stream, or null)',
      '15:22  queues[0].bindings[0].routing_key  is 5 (expected text of at most 255 bytes; in quotes it is text: "5")',
      '16:19  queues[0].bindings[0].exchange  is a list (expected the name of an exchange, 1 to 255 bytes of text)',
      '17:5  queues[1]  is "nonsense" (expected a mapping that describes a queue)',
      '18:5  queues[2].queue  is missing (expected the name of the queue, 1 to 255 bytes of text)',
      '18:20  queues[2].x_message_ttl  is -1 (expected a whole number of milliseconds from 0 to 4294967295, or null)',
      '19:16  queues[2].exclusive  has no value (expected true or false)',
      '20:15  queues[2].bindings  is a mapping (expected a list, each entry beginning with "- ")',
      '22:5  consumers[0].queue  is missing (expected the name of a queue, 1 to 255 bytes of text)',
      '23:5  consumers[0].prefetchCount  is not a known key, did you mean "prefetch_count"?',
      '24:21  consumers[0].consumer_count  is 0 (expected a whole number from 1 to 65535)',
      '25:5  consumers[0].colour  is not a known key (expected one of consumer, name, queue, consumer_count, prefetch_count, max_deaths, retry, on_exhausted, rate_limit, partition_by, batch, timeout, threads, resource_limits, recycle, shutdown_timeout, arguments, options, middleware, decode)',
    ]);
  });

  it('contains the parts of each problem as data', () => {
    assert.deepEqual(problemsOf(`queues: [{queue: q, durable: 1}]\n${CONSUMERS}`), [
      {
        file: 'config.yml',
        line: 1,
        column: 30,
        path: 'queues[0].durable',
        message: 'is 1',
        expected: 'true or false',
        rule: 'schema',
      },
    ]);
  });

  it('points to the key when no value follows the colon', () => {
    assert.deepEqual(reportOf(`threads:\n${CONSUMERS}`), [
      '1:1  threads  has no value (expected a whole number from 1 to 1024)',
    ]);
  });

  it('points to the alias for aliased values and to the entry for merged ones', () => {
    const text = `queues:
  - &base
    queue: q
    passive: 1
  - *base
  - <<: *base
    queue: r
${CONSUMERS}`;
    assert.deepEqual(reportOf(text), [
      '4:14  queues[0].passive  is 1 (expected true or false)',
      '5:5  queues[1].passive  is 1 (expected true or false)',
      '6:5  queues[2].passive  is 1 (expected true or false)',
    ]);
  });

  it('rejects a decode without content and a schema that would have to be fetched', () => {
    const expected = '(expected the path of a JSON Schema, from the folder of this file; it is never fetched)';
    const cases = [
      ['{}', '4:13  consumers[0].decode.json  is missing (expected a mapping that describes JSON; {} for any)'],
      ['{json: }', '4:14  consumers[0].decode.json  has no value (expected a mapping that describes JSON; {} for any)'],
      ['{json: {schema: ""}}', `4:29  consumers[0].decode.json.schema  is "" ${expected}`],
      [
        '{json: {schema: "https://example.com/a.json"}}',
        `4:29  consumers[0].decode.json.schema  is "https://example.com/a.json" ${expected}`,
      ],
    ];
    for (const [decode, report] of cases) assert.deepEqual(reportOf(`${CONSUMERS}    decode: ${decode}\n`), [report]);
  });

  it('counts CR LF as one line break, and columns in UTF-16 units', () => {
    assert.deepEqual(reportOf(`# a\r\n${CONSUMERS.replaceAll('\n', '\r\n')}    options: {"😀": 1}\r\n    x: 1\r\n`), [
      '6:5  consumers[0].x  is not a known key (expected one of consumer, name, queue, consumer_count, prefetch_count, max_deaths, retry, on_exhausted, rate_limit, partition_by, batch, timeout, threads, resource_limits, recycle, shutdown_timeout, arguments, options, middleware, decode)',
    ]);
    assert.deepEqual(reportOf(`queues: [{queue: "😀", durable: 0}]\n${CONSUMERS}`), [
      '1:33  queues[0].durable  is 0 (expected true or false)',
    ]);
  });

  it('shortens a long value', () => {
    const [line] = reportOf(`threads: ${'x'.repeat(10_000)}\n${CONSUMERS}`);
    assert.equal(line, `1:10  threads  is "${'x'.repeat(40)}…" (expected a whole number from 1 to 1024)`);
  });

  it('converts nothing: neither text to numbers nor numbers to text, yes to true, or fractions', () => {
    const wrong = [
      "threads: '4'",
      'threads: 1.5',
      'threads: true',
      'threads: .inf',
      'threads: .nan',
      'threads: 1025',
      'threads: 0',
      'startup_handler: 5',
      'startup_timeout: true',
      'startup_timeout: "500"',
      'startup_timeout: 1.5s',
      'startup_timeout: 0',
      'startup_timeout: 0s',
      'startup_timeout: 9999h',
      'queues: [{queue: 5}]',
      'queues: [{queue: q, durable: yes}]',
      'queues: [{queue: q, x_max_length: "5"}]',
      'queues: [{queue: q, x_expires: 0}]',
      'queues: [{queue: q, x_message_ttl: 4294967296}]',
      'queues: [{queue: q, x_dead_letter_exchange: 5}]',
      'queues: [{queue: q, arguments: []}]',
      'exchanges: [{exchange: e, type: 5}]',
      'exchanges: [{exchange: e, type: x-}]',
      'exchanges: {exchange: e}',
    ];
    for (const line of wrong) assert.equal(reportOf(`${line}\n${CONSUMERS}`).length, 1, line);
  });

  it('rejects names longer than AMQP can send, counted in bytes', () => {
    assert.equal(reportOf(`queues: [{queue: ${'é'.repeat(128)}}]\n${CONSUMERS}`).length, 1);
    assert.equal(
      reportOf(`queues: [{queue: q, bindings: [{exchange: e, routing_key: ${'k'.repeat(256)}}]}]\n`).length,
      2,
    );
  });

  it('requires at least one consumer', () => {
    const expected = '(expected a list of at least one consumer)';
    assert.deepEqual(reportOf('queues:\n'), [`1:1  consumers  is missing ${expected}`]);
    assert.deepEqual(reportOf('consumers:\n'), [`1:1  consumers  has no value ${expected}`]);
    assert.deepEqual(reportOf('consumers: []\n'), [`1:12  consumers  is an empty list ${expected}`]);
  });

  it('never says "Invalid input"', () => {
    const texts = [
      '{}',
      '5',
      'consumers: [5]',
      'consumers: [{consumer: 5, queue: {}, options: 5, zz: 1}]',
      'threads: {}',
    ];
    for (const text of texts) for (const line of reportOf(text)) assert.doesNotMatch(line, /invalid|undefined|object/i);
  });
});
