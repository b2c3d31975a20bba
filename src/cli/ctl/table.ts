import { printableLine } from '../output/printable.js';
import { GAP } from '../output/table-layout.js';
import { cutToWidth, padToWidth, textWidth } from '../output/text-width.js';

/** A column: its heading, and a cell of each row. Numbers are aligned to the right. */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => unknown;
  /** Default: every cell is a number. */
  readonly isNumeric?: boolean;
}

/** The lines of a table, none wider than the terminal. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  terminalColumns: number,
): string[] {
  const table = columns.map(({ heading, cell, isNumeric: isRight }) => {
    const values = rows.map(cell);
    const cells = [heading, ...values.map(textOf)];
    const isNumeric = isRight ?? (values.length > 0 && values.every((value) => typeof value === 'number'));
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

/** `0.4 ms`, `35 ms`, `1.2 s`, `12 min` */
export function durationOf(ms: unknown): string {
  if (typeof ms !== 'number') return '-';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : spanOf(ms);
}

/** `0.4`, `35` */
export function rateOf(perSecond: unknown): string {
  if (typeof perSecond !== 'number') return '-';
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
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
