import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem, parseConfiguration, type Selection } from '../../../src/config/index.js';
import { reportOf } from './readings.js';

const FILE = `queues: [{queue: a}, {queue: b}]
consumers:
  - {consumer: ./mail.js:Mail, queue: a}
  - {consumer: ./mail.js:Mail, queue: b}
  - {consumer: ./mail.js:Mail, queue: b, name: mail-slow}
  - {consumer: ./audit.js, queue: a}
`;

function select(selection: Selection): unknown {
  const reading = parseConfiguration('config.yml', Buffer.from(FILE), selection);
  if (!reading.ok) return reading.problems.map(formatProblem);
  assert.equal(reading.configuration.queues.length, 2);
  return reading.configuration.consumers.map(({ path, name }) => `${path} ${name}`);
}

function problemsWith(text: string): string[] {
  const read = parseConfiguration('config.yml', Buffer.from(text), { only: ['Mial', 'zzz'] });
  return read.ok ? [] : read.problems.map((problem) => formatProblem(problem).replace(/ \(expected.*/, ''));
}

describe('--only and --except', () => {
  it('choose entries by name, else by the name of their class, and leave the queues', () => {
    const all = ['consumers[0] Mail', 'consumers[1] Mail', 'consumers[2] mail-slow', 'consumers[3] audit'];
    assert.deepEqual(select({}), all);
    assert.deepEqual(select({ only: ['Mail'] }), all.slice(0, 2));
    assert.deepEqual(select({ only: ['audit', 'mail-slow'] }), all.slice(2));
    assert.deepEqual(select({ except: ['Mail'] }), all.slice(2));
    assert.deepEqual(select({ only: ['Mail', 'audit'], except: ['Mail'] }), all.slice(3));
  });

  it('refuse a name that no entry has, and suggest one', () => {
    assert.deepEqual(select({ only: ['mail_slow', 'zzz'], except: ['Audit'] }), [
      'config.yml:2:1  consumers  has no entry "mail_slow", which --only names, did you mean "mail-slow"? (expected one of Mail, mail-slow, audit)',
      'config.yml:2:1  consumers  has no entry "zzz", which --only names (expected one of Mail, mail-slow, audit)',
      'config.yml:2:1  consumers  has no entry "Audit", which --except names, did you mean "audit"? (expected one of Mail, mail-slow, audit)',
    ]);
  });

  it('refuse a name in a file with other problems, or only a near one where a name is unreadable', () => {
    const mial = 'config.yml:3:1  consumers  has no entry "Mial", which --only names, did you mean "Mail"?';
    const zzz = 'config.yml:3:1  consumers  has no entry "zzz", which --only names';
    assert.deepEqual(
      problemsWith('queues: [{queue: a}]\nthreds: 1\nconsumers: [{consumer: ./a.js:Mail, queue: a}]\n'),
      ['config.yml:2:1  threds  is not a known key, did you mean "threads"?', mial, zzz],
    );
    assert.deepEqual(
      problemsWith('queues: [{queue: a}]\n\nconsumers: [{consumer: ./a.js:Mail, queue: a}, {queue: a}]\n'),
      [mial, 'config.yml:3:48  consumers[1].consumer  is missing'],
    );
  });

  it('refuse to leave no entry', () => {
    assert.deepEqual(select({ except: ['Mail', 'mail-slow', 'audit'] }), [
      'config.yml:2:1  consumers  has no entry left to run (expected at least one entry)',
    ]);
  });
});

describe('the name of an entry', () => {
  it('is its own: neither another name nor the class of an entry without a name', () => {
    const file = `consumers:
  - {consumer: ./a.js:A, queue: q, name: one}
  - {consumer: ./a.js:A, queue: q, name: one}
  - {consumer: ./b.js:B, queue: q}
  - {consumer: ./a.js:A, queue: q, name: B}
  - {consumer: ./a.js:A, queue: q, name: "a,b"}
`;
    assert.deepEqual(reportOf(file), [
      '3:42  consumers[1].name  is "one", as is the name of the entry in line 2 (expected a name of its own)',
      '5:42  consumers[3].name  is "B", as is the class of the entry in line 4 (expected a name of its own)',
      '6:42  consumers[4].name  is "a,b" (expected 1 to 64 letters, digits, "_", "-", "." or ":", a letter, digit or "_" first)',
    ]);
  });
});
