/** A column of a table. */
export interface Column {
  readonly heading: string;
  /** Narrower than this it is of no use. */
  readonly least: number;
  /** Wider than this it is cut. */
  readonly most: number;
  /** Left out on a narrow terminal, the highest first; 0 stays. */
  readonly expendable: number;
  /** Default: false. */
  readonly isNumeric?: boolean;
}

/** The columns that fit: their places in the table and their widths. */
export type Layout = readonly { readonly index: number; readonly width: number }[];

export const GAP = '  ';

/**
 * Fits columns into a terminal: first shrinks those that may be cut, then leaves out the most expendable.
 * @param natural the width that each column's cells take
 * @returns undefined when not even the columns that stay fit
 */
export function fitColumns(
  columns: readonly Column[],
  natural: readonly number[],
  available: number,
): Layout | undefined {
  let kept = columns.map((column, index) => ({
    index,
    column,
    width: Math.min(natural[index] ?? 0, column.most),
    least: Math.min(natural[index] ?? 0, column.least),
  }));
  for (;;) {
    const gaps = (kept.length - 1) * GAP.length;
    let over = kept.reduce((sum, { width }) => sum + width, gaps) - available;
    const fitted = kept
      .toReversed()
      .map(({ index, width, least }) => {
        const cut = Math.max(0, Math.min(over, width - least));
        over -= cut;
        return { index, width: width - cut };
      })
      .toReversed();
    if (over <= 0) return fitted;
    const next = Math.max(...kept.map(({ column }) => column.expendable));
    if (next === 0) return undefined;
    kept = kept.filter(({ column }) => column.expendable !== next);
  }
}
