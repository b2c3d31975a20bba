import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

interface Row {
  readonly id: number;
  readonly text: string;
}

interface Placed {
  readonly key: number;
  readonly row: Row;
  readonly isGone: boolean;
}

interface Options {
  readonly rows: readonly Row[];
  readonly shown: readonly Row[];
  readonly keyOf: (row: Row) => number;
}

interface Order {
  readonly placed: readonly Placed[];
  readonly waiting: number;
}

/** The page has a TypeScript project of its own, so that this test sees only its compiled modules. */
interface RowOrderModule {
  readonly freshOrder: (options: Options) => Order;
  readonly heldOrder: (before: readonly Placed[], options: Options) => Order;
}

function isRowOrderModule(module: object): module is RowOrderModule {
  return 'freshOrder' in module && 'heldOrder' in module;
}

const PATH = new URL('../../../../src/console/page/parts/row-order.js', import.meta.url).href;
const loaded: object = await import(PATH);
assert.ok(isRowOrderModule(loaded));
const { freshOrder, heldOrder } = loaded;

const keyOf = ({ id }: Row): number => id;

function rowsOf(...ids: readonly number[]): readonly Row[] {
  return ids.map((id) => ({ id, text: `row ${id}` }));
}

function fresh(...ids: readonly number[]): readonly Placed[] {
  return freshOrder({ rows: [], shown: rowsOf(...ids), keyOf }).placed;
}

/** `3` for a row that is there, `-3` for one that is gone. */
function placesOf({ placed }: Order): readonly number[] {
  return placed.map(({ key, isGone }) => (isGone ? -key : key));
}

describe('the held order of a table', () => {
  test('keeps each row at its place with its newest values, whatever the new order is', () => {
    const rows = [
      { id: 3, text: 'third' },
      { id: 1, text: 'first' },
      { id: 2, text: 'second' },
    ];
    const { placed } = heldOrder(fresh(1, 2, 3), { rows, shown: rows, keyOf });
    assert.deepEqual(
      placed.map(({ row }) => row.text),
      ['first', 'second', 'third'],
    );
  });

  test('puts new rows last, in their own order', () => {
    const rows = rowsOf(5, 1, 4, 2);
    assert.deepEqual(placesOf(heldOrder(fresh(1, 2), { rows, shown: rows, keyOf })), [1, 2, 5, 4]);
  });

  test('keeps the place and the last values of a row that is gone, until it comes back', () => {
    const first = heldOrder(fresh(1, 2, 3), { rows: rowsOf(1, 3), shown: rowsOf(3, 1), keyOf });
    assert.deepEqual(placesOf(first), [1, -2, 3]);
    assert.equal(first.placed[1]?.row.text, 'row 2');
    assert.deepEqual(placesOf(heldOrder(first.placed, { rows: rowsOf(3), shown: rowsOf(3), keyOf })), [-1, -2, 3]);
    assert.deepEqual(placesOf(heldOrder(first.placed, { rows: rowsOf(1, 2), shown: rowsOf(1, 2), keyOf })), [1, 2, -3]);
  });

  test('keeps a row whose new values no longer match the filter, and adds none that does not match', () => {
    assert.deepEqual(placesOf(heldOrder(fresh(1, 2), { rows: rowsOf(1, 2, 3), shown: rowsOf(2), keyOf })), [1, 2]);
  });

  test('lets new rows wait while 100 rows are gone, so that it does not grow without end', () => {
    const many = Array.from({ length: 99 }, (_none, index) => index + 1);
    const options = { rows: rowsOf(200, 201), shown: rowsOf(200, 201), keyOf };
    const before = heldOrder(fresh(...many), options);
    assert.deepEqual([before.placed.length, before.waiting], [101, 0]);
    const next = heldOrder(before.placed, { ...options, rows: rowsOf(201, 202, 203), shown: rowsOf(201, 202, 203) });
    assert.deepEqual([next.placed.length, next.waiting], [101, 2]);
    assert.deepEqual(placesOf(next).slice(-2), [-200, 201]);
  });
});
