import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';

type Key = string | number;

/** Rows that are gone, from which on new rows wait: else a busy entry fills the page while the pointer rests on it. */
const MOST_GONE = 100;

/** A row at its place in a table. */
export interface PlacedRow<Row> {
  readonly key: Key;
  /** The newest values; of a row that is gone, the last. */
  readonly row: Row;
  /** It keeps its place, so that no other row slides under the pointer. */
  readonly isGone: boolean;
}

export interface RowOrder<Row> {
  readonly placed: readonly PlacedRow<Row>[];
  /** How many new rows show only when the order is fresh again. */
  readonly waiting: number;
}

export interface RowsOptions<Row> {
  /** Every row that there is now. */
  readonly rows: readonly Row[];
  /** Those that match the filter, sorted. */
  readonly shown: readonly Row[];
  readonly keyOf: (row: Row) => Key;
}

/** The rows in the order of the filter and the sorting. */
export function freshOrder<Row>({ shown, keyOf }: Omit<RowsOptions<Row>, 'rows'>): RowOrder<Row> {
  return { placed: shown.map((row) => ({ key: keyOf(row), row, isGone: false })), waiting: 0 };
}

/**
 * The rows where they were before, with their newest values, also if these no longer match the filter; new rows come last.
 * From 100 gone rows on, new rows wait.
 */
export function heldOrder<Row>(
  before: readonly PlacedRow<Row>[],
  { rows, shown, keyOf }: RowsOptions<Row>,
): RowOrder<Row> {
  const current = new Map(rows.map((row) => [keyOf(row), row]));
  const held = before.map(({ key, row }) => ({ key, row: current.get(key) ?? row, isGone: !current.has(key) }));
  const known = new Set(before.map(({ key }) => key));
  const added = shown.filter((row) => !known.has(keyOf(row)));
  if (held.filter(({ isGone }) => isGone).length >= MOST_GONE) return { placed: held, waiting: added.length };
  return { placed: [...held, ...freshOrder({ shown: added, keyOf }).placed], waiting: 0 };
}

export interface RowOrderOptions<Row> extends RowsOptions<Row> {
  /** Changes when the user sorts or filters, which orders the rows anew at once. */
  readonly arrangement: string;
  /** The order is always fresh. */
  readonly isSnapshot: boolean;
}

/** The order, and the attributes of the table body, which tell whether somebody works in it. */
export interface HeldRows<Row> extends RowOrder<Row> {
  readonly body: {
    readonly ref: RefObject<HTMLTableSectionElement | null>;
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: (event: PointerEvent) => void;
  };
}

/**
 * Orders the rows anew at each report, but holds them while a pointer is over the table body, the keyboard focus is in a
 * row, or a dialog covers the page, which gives the focus back to its row.
 */
export function useRowOrder<Row>({ rows, shown, keyOf, arrangement, isSnapshot }: RowOrderOptions<Row>): HeldRows<Row> {
  const body = useRef<HTMLTableSectionElement>(null);
  // A touch has a pointer only while it lasts.
  const pointers = useRef(new Set<number>());
  const before = useRef({ arrangement, placed: freshOrder({ shown, keyOf }).placed });
  const order = useMemo(() => {
    const isHeld = !isSnapshot && before.current.arrangement === arrangement && isInUse(body.current, pointers.current);
    const next = isHeld ? heldOrder(before.current.placed, { rows, shown, keyOf }) : freshOrder({ shown, keyOf });
    before.current = { arrangement, placed: next.placed };
    return next;
  }, [rows, shown, arrangement]);
  return {
    ...order,
    body: {
      ref: body,
      onPointerEnter: ({ pointerId }) => pointers.current.add(pointerId),
      onPointerLeave: ({ pointerId }) => pointers.current.delete(pointerId),
    },
  };
}

/** A click or a tap leaves the focus on its button, so that only the focus that the browser shows counts. */
function isInUse(body: Element | null, pointers: ReadonlySet<number>): boolean {
  if (body === null) return false;
  return (
    pointers.size > 0 ||
    body.querySelector(':focus-visible') !== null ||
    document.querySelector('dialog:modal') !== null
  );
}
