import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem, parseConfiguration } from '../../../../src/config/index.js';

function foundIn(text: string): { problems: string[]; warnings: string[] } {
  const reading = parseConfiguration('config.yml', Buffer.from(text));
  assert.ok(!reading.ok);
  const lines = (found: typeof reading.warnings): string[] =>
    found.map((each) => formatProblem(each).replace('config.yml:', ''));
  return { problems: lines(reading.problems), warnings: lines(reading.warnings) };
}

describe('an entry with a problem', () => {
  it('shows its own warnings in the same run', () => {
    const { problems, warnings } = foundIn(`queues:
  - {queue: mail, durable: false, autodelete: true, arguments: {x-mesage-ttl: 5}}
consumers:
  - {consumer: ./a.js:A, queue: mial, prefetch_count: 1, consumer_count: 4, colour: red}
`);
    assert.equal(problems.length, 2);
    assert.deepEqual(
      warnings.map((line) => line.split('  ')[1]),
      ['queues[0].durable', 'queues[0].arguments.x-mesage-ttl', 'consumers[0].queue', 'consumers[0].prefetch_count'],
    );
  });

  it('shows them also where its name, its class or a key is wrong or given twice', () => {
    for (const entry of [
      'queue: 5, durable: false',
      'name: mail, durable: false',
      'queue: mail, queue: mail, durable: false',
    ]) {
      const { warnings } = foundIn(`queues: [{${entry}}]\nconsumers: [{queue: mail, prefetch_count: 0}]\n`);
      assert.deepEqual(
        warnings.map((line) => line.split('  ')[1]),
        ['queues[0].durable', 'consumers[0].prefetch_count'],
        entry,
      );
    }
  });

  it('shows no warning that follows from the problem', () => {
    const cases = [
      'consumer_count: many, threads: 4',
      'consumer_count: 4, prefetch_count: many',
      'retry: {delay: soon}',
      'partition_by: routing_key, consumer_count: 0, prefetch_count: 5',
    ];
    for (const keys of cases) {
      const text = `queues: [{queue: q, x_message_ttl: 1000}]\nconsumers: [{consumer: ./a.js:A, queue: q, ${keys}}]\n`;
      assert.deepEqual(foundIn(text).warnings, [], keys);
    }
    const unknown =
      'queues: [{qeue: mail, x_dead_letter_exchange: dead}]\nexchanges: [{exchange: dead, type: topic}]\n';
    assert.deepEqual(foundIn(`${unknown}consumers: [{consumer: ./a.js:A, queue: mail}]\n`).warnings, []);
  });

  it('shows the warnings of the other entries beside one that is no mapping', () => {
    const { warnings } = foundIn(
      'queues: [5, {queue: q, durable: false}]\nconsumers: [text, {consumer: ./a.js:A, queue: q}]\n',
    );
    assert.deepEqual(
      warnings.map((line) => line.split('  ')[1]),
      ['queues[1].durable'],
    );
  });
});
