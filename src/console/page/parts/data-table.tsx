import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count, plural } from '../format.js';
import { type PlacedRow, useRowOrder } from './row-order.js';

/** A column of a table of `Row`s. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** The value to sort by; absent: the column cannot be sorted. */
  readonly order?: (row: Row) => number | string;
  /** Figures align to the right, and sort from the highest. */
  readonly isNumber?: boolean;
  /** The cell has the buttons of its row, names the row, or needs the width of a card. */
  readonly kind?: 'actions' | 'name' | 'wide';
}

export interface DataTableProps<Row> {
  /** Names the table for a screen reader. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** The text that the filter searches; absent: no filter. */
  readonly textOf?: (row: Row) => string;
  /** Shown when there are no rows. */
  readonly empty: string;
  /** Beside the filter. */
  readonly tools?: ComponentChildren;
  /** The rows change only when the user asks for it, so each change shows at once. Default: false. */
  readonly isSnapshot?: boolean;
}

interface Sorting {
  readonly title: string;
  readonly isDescending: boolean;
}

/**
 * A table that sorts by its headings and filters by a text. While somebody works in it, its rows keep their places. Below
 * 720 px each row is a card, so that nothing scrolls sideways; the roles keep it a table for a screen reader there.
 */
export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { label, columns, rows, keyOf, textOf, empty, tools, isSnapshot = false } = props;
  const [sorting, setSorting] = useState<Sorting | undefined>();
  const [filter, setFilter] = useState('');
  const shown = useMemo(
    () => sorted(filtered(rows, filter, textOf), columns, sorting),
    [rows, filter, textOf, columns, sorting],
  );
  const arrangement = JSON.stringify([sorting, filter]);
  const { placed, waiting, body } = useRowOrder({ rows, shown, keyOf, arrangement, isSnapshot });
  return (
    <div class="table-block">
      {(textOf !== undefined || tools !== undefined) && (
        <div class="table-tools">
          {textOf !== undefined && (
            <input
              type="search"
              class="filter"
              placeholder="Filter"
              aria-label={`Filter ${label}`}
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          )}
          {tools}
        </div>
      )}
      {/* Cards hide the headings, so they sort by a list. */}
      <SortList columns={columns} sorting={sorting} onSort={setSorting} label={label} />
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Heading key={column.title} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" {...body}>
          {placed.map((each) => (
            <BodyRow key={each.key} columns={columns} placed={each} />
          ))}
        </tbody>
      </table>
      {placed.length === 0 && <p class="empty">{rows.length === 0 ? empty : `Nothing matches “${filter}”.`}</p>}
      <HeldNote gone={placed.filter(({ isGone }) => isGone).length} waiting={waiting} />
    </div>
  );
}

interface BodyRowProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly placed: PlacedRow<Row>;
}

/** The controls of a row that is gone do nothing, but keep the focus: a disabled one would lose it. */
function BodyRow<Row>({ columns, placed: { row, isGone } }: BodyRowProps<Row>): VNode {
  const element = useRef<HTMLTableRowElement>(null);
  const wasGone = useRef(false);
  useLayoutEffect(() => {
    if (!isGone && !wasGone.current) return;
    wasGone.current = isGone;
    for (const control of element.current?.querySelectorAll('button, input') ?? []) {
      if (isGone) control.setAttribute('aria-disabled', 'true');
      else control.removeAttribute('aria-disabled');
    }
  });
  return (
    <tr role="row" ref={element} class={isGone ? 'gone' : ''} onClickCapture={isGone ? refuse : undefined}>
      {columns.map(({ title, cell, isNumber, kind }) => (
        <td role="cell" key={title} data-title={title} class={[isNumber && 'number', kind].filter(Boolean).join(' ')}>
          {isGone && kind === 'name' && <span class="unseen">Gone: </span>}
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

function refuse(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Below the table, where it moves no row. */
function HeldNote({ gone, waiting }: { readonly gone: number; readonly waiting: number }): VNode | null {
  if (gone === 0) return null;
  return (
    <p class="held-note">
      {`${plural(gone, 'row')} ${gone === 1 ? 'is' : 'are'} gone. The list is up to date again when the pointer and the focus leave it`}
      {waiting > 0 ? `; ${count(waiting)} more will then show.` : '.'}
    </p>
  );
}

interface SortProps<Row> {
  readonly sorting: Sorting | undefined;
  readonly onSort: (sorting: Sorting | undefined) => void;
  readonly column: Column<Row>;
}

function Heading<Row>({ column, sorting, onSort }: SortProps<Row>): VNode {
  const { title, order, isNumber = false, kind } = column;
  const isSorted = sorting?.title === title;
  const direction = !isSorted ? 'none' : sorting.isDescending ? 'descending' : 'ascending';
  const className = [isNumber && 'number', kind].filter(Boolean).join(' ');
  if (order === undefined)
    return (
      <th role="columnheader" scope="col" class={className}>
        {title}
      </th>
    );
  return (
    <th role="columnheader" scope="col" class={className} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => onSort(nextSorting(column, sorting))}>
        {title}
        <span class="arrow" aria-hidden="true">
          {!isSorted ? '' : sorting.isDescending ? '▼' : '▲'}
        </span>
      </button>
    </th>
  );
}

function SortList<Row>({
  columns,
  sorting,
  onSort,
  label,
}: Omit<SortProps<Row>, 'column'> & { readonly columns: readonly Column<Row>[]; readonly label: string }): VNode {
  const choose = (title: string): void => {
    const column = columns.find((each) => each.title === title);
    onSort(column && { title, isDescending: column.isNumber ?? false });
  };
  return (
    <label class="sort-list">
      Sort by
      <select
        aria-label={`Sort ${label}`}
        value={sorting?.title ?? ''}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        <option value="">default order</option>
        {columns
          .filter(({ order }) => order !== undefined)
          .map(({ title }) => (
            <option key={title} value={title}>
              {title}
            </option>
          ))}
      </select>
    </label>
  );
}

/** First the useful direction, then the other one, then default order. */
function nextSorting<Row>({ title, isNumber = false }: Column<Row>, sorting: Sorting | undefined): Sorting | undefined {
  if (sorting?.title !== title) return { title, isDescending: isNumber };
  return sorting.isDescending === isNumber ? { title, isDescending: !isNumber } : undefined;
}

function filtered<Row>(rows: readonly Row[], filter: string, textOf?: (row: Row) => string): readonly Row[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '' || textOf === undefined) return rows;
  return rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const order = columns.find(({ title }) => title === sorting?.title)?.order;
  if (order === undefined || sorting === undefined) return rows;
  const sign = sorting.isDescending ? -1 : 1;
  return rows.toSorted((one, other) => sign * compare(order(one), order(other)));
}

function compare(one: number | string, other: number | string): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other), 'en', { numeric: true });
}
