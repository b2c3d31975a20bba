import { printableLine } from '../output/printable.js';
import { GAP } from '../output/table-layout.js';
import { cutToWidth, padToWidth, textWidth } from '../output/text-width.js';

/** A column: its heading, and a cell of each row. Numbers are aligned to the right. */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => unknown;
}

/** The lines of a table, none wider than the terminal. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  terminalColumns: number,
): string[] {
  const table = columns.map(({ heading, cell }) => {
    const values = rows.map(cell);
    const cells = [heading, ...values.map(textOf)];
    const isNumeric = values.length > 0 && values.every((value) => typeof value === 'number');
    return { cells, isNumeric, width: Math.max(...cells.map(textWidth)) };
  });
  return [undefined, ...rows].map((_, line) => {
    const cells = table.map(({ cells: own, width, isNumeric }) => {
      const text = own[line] ?? '';
      return isNumeric ? text.padStart(width) : padToWidth(text, width);
    });
    return cutToWidth(cells.join(GAP).trimEnd(), terminalColumns);
  });
}

/** `0.4 s`, `35 s`, `12 min`, `3.5 h` */
export function spanOf(ms: unknown): string {
  if (typeof ms !== 'number') return '-';
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return printableLine(typeof value === 'string' ? value : JSON.stringify(value));
}
