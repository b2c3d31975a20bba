import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, configurationOf, reportOf } from '../readings.js';

describe('a text that is not one YAML mapping', () => {
  it('is reported when empty', () => {
    for (const text of ['', '\n\n', '# only a comment\n', '---\n', 'null', '~', '\uFEFF']) {
      assert.deepEqual(reportOf(text), ['1:1  the file is empty (expected a mapping)'], JSON.stringify(text));
    }
  });

  it('is reported when it is a list or a scalar', () => {
    assert.deepEqual(reportOf('- a\n'), ['1:1  the file as a whole is a list (expected a mapping)']);
    assert.deepEqual(reportOf('\n  hello\n'), ['2:3  the file as a whole is "hello" (expected a mapping)']);
  });

  it('is reported when it holds several documents', () => {
    const report = ['4:1  this is a second YAML document; one file holds one configuration'];
    assert.deepEqual(reportOf(`${CONSUMERS}---\n${CONSUMERS}---\na: 1\n`), report);
    assert.deepEqual(reportOf(`${CONSUMERS}---\n`), report);
  });

  it('is reported at the position of a syntax error', () => {
    assert.deepEqual(reportOf('consumers: ['), [
      '1:13  is not valid YAML: unexpected end of the stream within a flow collection',
    ]);
    assert.deepEqual(reportOf('queues:\n  - queue: a: b\n'), [
      '2:13  is not valid YAML: bad indentation of a mapping entry (": " begins a value in YAML, so text with it needs quotes: "a: b")',
    ]);
    assert.deepEqual(reportOf('queues: *nothing\n'), [
      '1:10  is not valid YAML: unidentified alias "nothing" (* stands for an anchor in YAML, so text that begins with it needs quotes: "*nothing")',
    ]);
  });

  it('is explained in plain words where the parser has none', () => {
    assert.deepEqual(reportOf(`queues:\n\t- queue: q\n${CONSUMERS}`), [
      '2:1  is not valid YAML: a tab cannot indent, only spaces can',
    ]);
    assert.deepEqual(reportOf('['.repeat(5000)), ['1:100  is nested more than 100 levels deep']);
    assert.deepEqual(reportOf('? [a, b]\n: 1\n'), ['1:1  has a list or mapping as a key, where only text can be one']);
  });

  it('is reported at the first byte that is not UTF-8', () => {
    assert.deepEqual(reportOf(Buffer.from([0x61, 0x3a, 0x0a, 0x62, 0xc3, 0xa9, 0xff])), ['2:3  is not UTF-8 text']);
    assert.deepEqual(reportOf(Buffer.from('\uFEFFa: 1', 'utf16le')), ['1:1  is not UTF-8 text']);
  });
});

describe('a contradictory mapping', () => {
  it('is reported for every duplicate key, together with its other problems', () => {
    const text = `threads: 1\nthreads: 0\n${CONSUMERS}    queue: again\n    options: {a: 1, "a": 2}\n`;
    assert.deepEqual(reportOf(text), [
      '2:1  threads  is given twice; the first is on line 1',
      '2:10  threads  is 0 (expected a whole number from 1 to 1024)',
      '6:5  consumers[0].queue  is given twice; the first is on line 5',
      '7:21  consumers[0].options.a  is given twice; the first is on line 7',
    ]);
  });

  it('is reported for a value that contains itself', () => {
    assert.deepEqual(reportOf(`${CONSUMERS}    options: &o\n      again: [*o]\n`), [
      '5:15  consumers[0].options.again[0]  *o is inside the value it stands for',
    ]);
  });

  it('may reuse an anchor once its value is complete', () => {
    const text = `${CONSUMERS}    options: {a: &x [1], b: [*x, *x], c: &y {d: *x}, e: *y}\n`;
    assert.deepEqual(configurationOf(text).consumers[0]?.options, {
      a: [1],
      b: [[1], [1]],
      c: { d: [1] },
      e: { d: [1] },
    });
  });

  it('is reported for the key __proto__, which would vanish', () => {
    assert.deepEqual(reportOf(`${CONSUMERS}    options: {__proto__: {a: 1}}\n`), [
      '4:15  consumers[0].options.__proto__  cannot be used as a key',
    ]);
  });
});
