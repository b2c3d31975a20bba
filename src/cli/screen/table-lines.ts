import { type Column, fitColumns, GAP } from '../output/table-layout.js';
import { cutToWidth, padToWidth, textWidth } from '../output/text-width.js';

const MARK_WIDTH = 2;
const REVERSE = '\u001b[7m';
const BOLD = '\u001b[1m';
const PLAIN = '\u001b[0m';

export interface TableRow {
  /** One character, or none. */
  readonly mark: string;
  readonly cells: readonly string[];
  /** Select Graphic Rendition, such as `31`. Default: none. */
  readonly color?: string | undefined;
}

export interface TableSize {
  readonly columns: number;
  /** Lines under the heading. */
  readonly rows: number;
  /** The row to show in reverse. */
  readonly cursor: number;
}

/** The heading and so many lines of a table, each as wide as the screen; columns that do not fit are left out. */
export function tableLines(
  table: readonly Column[],
  visible: readonly TableRow[],
  { columns, rows, cursor }: TableSize,
): string[] {
  const widths = table.map(({ heading }, column) =>
    visible.reduce((most, { cells }) => Math.max(most, textWidth(cells[column] ?? '')), heading.length),
  );
  const available = columns - MARK_WIDTH;
  const layout = fitColumns(table, widths, available) ?? [{ index: 0, width: available }];
  const line = ({ mark, cells }: TableRow): string => {
    const fitted = layout.map(({ index, width }) => {
      const text = cutToWidth(cells[index] ?? '', width);
      return table[index]?.isNumeric === true ? text.padStart(width) : padToWidth(text, width);
    });
    return padToWidth(cutToWidth(padToWidth(mark, MARK_WIDTH) + fitted.join(GAP), columns), columns);
  };
  const heading = `${BOLD}${line({ mark: '', cells: table.map((column) => column.heading) })}${PLAIN}`;
  const body = visible.map((row, index) => {
    if (index === cursor) return `${REVERSE}${line(row)}${PLAIN}`;
    return row.color === undefined ? line(row) : `\u001b[${row.color}m${line(row)}${PLAIN}`;
  });
  return [heading, ...body, ...Array.from({ length: rows - body.length }, () => '')];
}
