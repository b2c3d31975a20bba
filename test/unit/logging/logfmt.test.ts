import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toLogfmt } from '../../../src/logging/logfmt.js';

const formatted = (record: object, messageKey?: string): string =>
  toLogfmt(`${JSON.stringify(record)}\n`, messageKey).replace(/\n$/, '');

describe('a logfmt line', () => {
  test('begins with time, level and message, and keeps the order of the other fields', () => {
    assert.equal(
      formatted({
        level: 'info',
        time: '2026-01-02T03:04:05.678Z',
        pid: 7,
        queue: 'email',
        n: 1.5,
        ok: true,
        msg: 'sent it',
      }),
      'time=2026-01-02T03:04:05.678Z level=info msg="sent it" pid=7 queue=email n=1.5 ok=true',
    );
    assert.equal(formatted({ text: 'done', msg: 1 }, 'text'), 'text=done msg=1');
  });

  const VALUES: readonly (readonly [unknown, string])[] = [
    ['', '""'],
    ['a b', '"a b"'],
    ['a=b', '"a=b"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['two\nlines\r\n', String.raw`"two\nlines\r\n"`],
    ['C:\\dir', String.raw`"C:\\dir"`],
    ['\u001b[31mred\u0085\u2028end', String.raw`"\u001b[31mred\u0085\u2028end"`],
    ['größe/✓', 'größe/✓'],
    [null, 'null'],
    [['a', 1], String.raw`"[\"a\",1]"`],
    [[], '[]'],
    [{}, '{}'],
  ];
  for (const [value, expected] of VALUES) {
    test(`has ${JSON.stringify(value)} as ${expected}`, () => assert.equal(formatted({ v: value }), `v=${expected}`));
  }

  test('has the fields of nested values, with dots', () => {
    assert.equal(
      formatted({ msg: 'failed', err: { type: 'PaymentError', cause: { type: 'Error', message: 'no card' } } }),
      'msg=failed err.type=PaymentError err.cause.type=Error err.cause.message="no card"',
    );
  });

  test('has no separator in a key', () => {
    assert.equal(formatted({ 'a b': 1, 'c="d': 2, '': 3 }), 'a_b=1 c__d=2 _=3');
  });

  test('is unchanged if it is no JSON object', () => {
    for (const line of ['text\n', '[1]\n', 'null\n', '{"cut\n']) assert.equal(toLogfmt(line), line);
  });

  test('is one line whose texts can be read back, whatever they are', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, (value) => {
        const line = toLogfmt(JSON.stringify({ v: value, w: 1 }));
        assert.match(line, /^v=\S.* w=1\n$/su);
        assert.equal(line.split(/[\n\r\u0085\u2028\u2029]/).length, 2);
        const written = line.slice(2, -' w=1\n'.length);
        assert.equal(written.startsWith('"') ? JSON.parse(written) : written, value);
      }),
    );
  });
});
