import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENTRY_COLUMNS } from '../../../../src/cli/ctl/top/top-columns.js';
import { TopList } from '../../../../src/cli/ctl/top/top-list.js';
import type { Fields } from '../../../../src/cli/ctl/views.js';
import { textWidth } from '../../../../src/cli/output/text-width.js';

function open(): TopList {
  return new TopList({
    columns: ENTRY_COLUMNS,
    keyOf: ({ name }) => String(name),
    lookOf: ({ state }) => (state === 'paused' ? { mark: 'p', color: '33' } : { mark: '' }),
    textsOf: ({ name, queue }) => [String(name), String(queue)],
  });
}

function entry(name: string, more: Fields = {}): Fields {
  const numbers = { doneRate: 0, failedRate: 0, p50Ms: null, p95Ms: null, running: 0, oldestMs: 0, waiting: 0 };
  return { name, queue: `queue of ${name}`, state: 'subscribed', busy: 0, up: 1, instances: 1, ...numbers, ...more };
}

/** Without the styles of the table, but with those of others. */
function plain(line: string): string {
  return ['1', '7', '33', '0'].reduce((text, style) => text.replaceAll(`\u001b[${style}m`, ''), line);
}

/** The first words under the heading: marks and names. */
function names(list: TopList): string[] {
  const [, ...lines] = list.lines({ columns: 120, rows: 5 });
  return lines.filter((line) => line !== '').map((line) => /[a-z]+/.exec(plain(line))?.[0] ?? '');
}

describe('the list of ctl top', () => {
  test('has the order of the daemon, then that of each column, and that of the daemon again', () => {
    const list = open();
    list.update([
      entry('b', { doneRate: 1, p95Ms: null }),
      entry('c', { doneRate: 30, p95Ms: 5 }),
      entry('a', { doneRate: 4, p95Ms: 800 }),
    ]);
    assert.deepEqual(names(list), ['b', 'c', 'a']);
    const orders = ENTRY_COLUMNS.map(({ heading }) => {
      list.sortNext();
      assert.ok(list.lines({ columns: 200, rows: 3 })[0]?.includes(`${heading}▾`), heading);
      return [heading, names(list).join('')];
    });
    const order = Object.fromEntries(orders);
    assert.deepEqual([order['ENTRY'], order['DONE/S'], order['P95'], order['WAIT']], ['abc', 'cab', 'acb', 'bca']);
    list.sortNext();
    assert.deepEqual(names(list), ['b', 'c', 'a']);
  });

  test('keeps the cursor on its entry when the order changes', () => {
    const list = open();
    list.update([entry('a', { doneRate: 9 }), entry('b', { doneRate: 5 })]);
    for (let presses = 0; presses < 4; presses++) list.sortNext();
    assert.ok(list.move('j', 5));
    assert.equal(list.current?.['name'], 'b');
    list.update([entry('a', { doneRate: 1 }), entry('b', { doneRate: 5 })]);
    assert.deepEqual([list.current?.['name'], list.position], ['b', '1/2']);
    list.update([entry('a')]);
    assert.deepEqual([list.current?.['name'], list.position], ['a', '1/1']);
  });

  test('shows only what contains the filter, in its name or queue, also in the next report', () => {
    const list = open();
    list.show('of b');
    list.update([entry('a'), entry('b')]);
    assert.deepEqual([names(list), list.position], [['b'], '1/1']);
    list.show('none');
    assert.deepEqual([names(list), list.position, list.current], [[], '0/0', undefined]);
    list.show('');
    assert.deepEqual(names(list), ['a', 'b']);
  });

  test('keeps hostile names within the screen, and their control characters from it', () => {
    const list = open();
    list.update([
      entry('\u001b[2J\u001b]0;owned\u0007\nsecond line\u202e', { state: 'paused' }),
      entry('日本語'.repeat(40)),
      entry('x'.repeat(300), { doneRate: 1e21, state: '\u009b31m' }),
      entry('none', { doneRate: 'many', p50Ms: {}, busy: [], oldestMs: null }),
    ]);
    for (const columns of [20, 45, 80, 120]) {
      for (const line of list.lines({ columns, rows: 4 })) {
        const drawn = plain(line);
        assert.ok(textWidth(drawn) <= columns, `${columns}: ${drawn}`);
        assert.doesNotMatch(drawn, /[\p{Control}\u202e]/u);
      }
    }
  });
});
