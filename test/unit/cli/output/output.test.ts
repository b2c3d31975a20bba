import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { formatDetails } from '../../../../src/cli/dead/output/message-details.js';
import { DeadTable } from '../../../../src/cli/dead/output/message-table.js';
import { jsonLine, printable } from '../../../../src/cli/output/printable.js';
import { ProgressBar } from '../../../../src/cli/output/progress-bar.js';
import { ask } from '../../../../src/cli/output/question.js';
import { textWidth, wrapWords } from '../../../../src/cli/output/text-width.js';

function drawn(isTTY: boolean, updates: readonly (readonly [atMs: number, done: number])[]): string[] {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) };
  const bar = new ProgressBar({ stream, what: 'replaying', total: 10, nowMs: () => now });
  for (const [atMs, done] of updates) {
    now = atMs;
    bar.update(done);
  }
  bar.clear();
  return written;
}

function asked(
  signal = new AbortController().signal,
): [answer: Promise<string | undefined>, input: PassThrough, output: PassThrough] {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return [ask('Really? ', { input, output, signal }), input, output];
}

describe('the table of dead messages', () => {
  test('fits columns to their cells and shortens errors and bodies, but never ids', () => {
    const long = 'i'.repeat(20);
    const facts = {
      id: long,
      diedAt: '2026-11-25T00:00:00.000Z',
      reason: 'exhausted',
      attempts: 3,
      errorType: 'TypeError',
      cause: 'c'.repeat(100),
      bytes: 1,
      preview: 'two\nlines',
    };
    const linesAt = (columns: number): string[] => {
      const table = new DeadTable(columns);
      assert.deepEqual([table.add({ id: 'a', bytes: 1, preview: '本'.repeat(100) }), table.add(facts)], [[], []]);
      return table.end();
    };
    const [heading, first, second] = linesAt(120);
    assert.equal(
      heading,
      `${'ID'.padEnd(20)}  ${'DIED AT'.padEnd(20)}  REASON     ATTEMPTS  ${'ERROR'.padEnd(41)}  BODY`,
    );
    assert.match(first ?? '', /^a {21}- {21}- {10}- {9}- {42}本本本本本…$/);
    assert.equal(
      second,
      `${long}  2026-11-25T00:00:00Z  exhausted  3         TypeError: ${'c'.repeat(29)}…  two lines`,
    );
    for (const columns of [40, 45, 60, 80, 100, 200]) {
      const lines = linesAt(columns);
      assert.deepEqual(
        lines.filter((line) => textWidth(line) > columns),
        [],
        `at ${columns} columns`,
      );
      assert.ok(lines.some((line) => line.startsWith(long)));
    }
    // Too narrow for a table: the whole id, and below it what fits.
    assert.deepEqual(linesAt(30), ['a', long, '  2026-11-25T00:00:00Z  TypeE…']);
  });

  test('prints rows as they arrive once it knows the column widths', () => {
    const table = new DeadTable(80);
    const counts = Array.from({ length: 201 }, (_, row) => table.add({ id: `m-${row}`, bytes: 0, preview: '' }).length);
    assert.deepEqual([counts.indexOf(201), counts[198], counts[200]], [199, 0, 1]);
    assert.deepEqual(table.end(), []);
  });

  test('prints nothing without messages', () => {
    assert.deepEqual(new DeadTable(80).end(), []);
  });
});

describe('a dead message in full', () => {
  test('shows its failure record, stack, properties, other headers and body', () => {
    const details = formatDetails({
      id: 'm-1',
      reason: 'exhausted',
      errorType: 'TypeError',
      stack: 'TypeError\n    at send',
      properties: { messageId: 'm-1', priority: 2 },
      headers: { own: { deep: 1 }, 'x-amqp-dispatcher-reason': 'exhausted' },
      body: 'one\ntwo',
      bodyEncoding: 'utf8',
      bytes: 7,
    });
    assert.equal(
      details,
      [
        'id             m-1',
        'reason         exhausted',
        'error          TypeError',
        '',
        'stack',
        '  TypeError',
        '      at send',
        '',
        'properties',
        '  messageId    m-1',
        '  priority     2',
        '',
        'headers',
        '  own          {"deep":1}',
        '',
        'body (7 bytes)',
        '  one',
        '  two',
      ].join('\n'),
    );
  });

  test('shows the validation errors of an invalid message, one per line', () => {
    const details = formatDetails({
      id: 'm-1',
      reason: 'invalid',
      validationErrors: ['/a must be string', '/b\n must be null'],
      properties: {},
      headers: { 'x-amqp-dispatcher-validation-errors': ['/a must be string'] },
      body: '{}',
      bodyEncoding: 'utf8',
      bytes: 2,
    });
    assert.match(
      details,
      /\n\nvalidation errors\n {2}\/a must be string\n {2}\/b must be null\n\nproperties\n\nheaders\n\nbody/,
    );
  });

  test("escapes control characters, so that it cannot move the terminal's cursor", () => {
    assert.equal(printable('a\u001b[2Jb\u009bc\ttab\n'), 'a\\x1b[2Jb\\x9bc\ttab\n');
    const line = jsonLine({ text: '\u001b\u009b\u007f\n' });
    assert.equal(line, '{"text":"\\u001b\\u009b\\u007f\\n"}');
    assert.deepEqual(JSON.parse(line), { text: '\u001b\u009b\u007f\n' });
  });
});

describe('the progress bar', () => {
  test('appears only for long work, redraws every 100 ms and clears its line', () => {
    const clear = '\r\u001b[K';
    assert.deepEqual(
      drawn(true, [
        [0, 1],
        [499, 2],
        [500, 5],
        [550, 6],
        [600, 10],
      ]),
      [
        `${clear}replaying ${'█'.repeat(15)}${'░'.repeat(15)} 5 of 10 (50 %)`,
        `${clear}replaying ${'█'.repeat(30)} 10 of 10 (100 %)`,
        clear,
      ],
    );
    assert.deepEqual(drawn(true, [[100, 10]]), []);
  });

  test('prints nothing without a terminal', () => {
    assert.deepEqual(drawn(false, [[1_000, 5]]), []);
  });
});

describe('a question', () => {
  test('resolves with the answer, or without one when the input ends or the signal aborts', async () => {
    const [answer, typed, shown] = asked();
    typed.write('email.dead \n');
    assert.equal(await answer, 'email.dead');
    assert.equal(String(shown.read()), 'Really? ');
    const [none, ended] = asked();
    ended.end();
    assert.equal(await none, undefined);
    const stopping = new AbortController();
    const [taken] = asked(stopping.signal);
    stopping.abort();
    assert.equal(await taken, undefined);
  });
});

describe('words of the help', () => {
  test('wrap between words, under the last column of their line', () => {
    assert.deepEqual(wrapWords('  j k, arrows        one line down, one line up', 42), [
      '  j k, arrows        one line down, one',
      '                     line up',
    ]);
    assert.deepEqual(wrapWords('messages are taken when you', 20), ['messages are taken', 'when you']);
    assert.deepEqual([wrapWords('', 20), wrapWords('short', 20)], [[''], ['short']]);
  });

  test('break inside a word only where it is wider than the screen', () => {
    assert.deepEqual(wrapWords('abcdefgh ij', 5), ['abcde', 'fgh', 'ij']);
    assert.deepEqual(wrapWords('  key        a-very-long-word-of-a-column', 30), [
      '  key',
      '          a-very-long-word-of-',
      '          a-column',
    ]);
    for (let width = 1; width < 60; width++) {
      for (const line of ['  d u       half a screen', '日本 日本日本日', '            x', ' '.repeat(40)]) {
        const wrapped = wrapWords(line, width);
        assert.ok(
          wrapped.every((part) => textWidth(part) <= Math.max(2, width)),
          JSON.stringify([width, wrapped]),
        );
        assert.equal(wrapped.join('').replaceAll(' ', ''), line.replaceAll(' ', ''));
      }
    }
  });
});
