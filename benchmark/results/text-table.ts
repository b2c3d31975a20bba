const NAME_WIDTH = 28;
const CELL_WIDTH = 12;

/** Aligns columns: the first one to the left, figures to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const nameWidth = Math.max(NAME_WIDTH, ...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', ...cells]) =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padStart(CELL_WIDTH))].join('').trimEnd(),
  );
}

/** A figure with thousands separators. */
export function formatFigure(figure: number, decimals = 0): string {
  return figure.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

const MEBIBYTE = 1024 * 1024;

/** Bytes as mebibytes, without the unit. */
export function formatMebibytes(bytes: number | undefined, decimals = 1): string {
  return bytes === undefined ? '?' : formatFigure(bytes / MEBIBYTE, decimals);
}
