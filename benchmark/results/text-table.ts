const NAME_WIDTH = 28;
const CELL_WIDTH = 12;

/** Lines of equal columns: the first one from the left, all others, which are figures, from the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const nameWidth = Math.max(NAME_WIDTH, ...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', ...cells]) =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padStart(CELL_WIDTH))].join('').trimEnd(),
  );
}

/** A figure with its thousands apart. */
export function formatFigure(figure: number, decimals = 0): string {
  return figure.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

const MEBIBYTE = 1024 * 1024;

/** Bytes as mebibytes, without the unit. */
export function formatMebibytes(bytes: number | undefined, decimals = 1): string {
  return bytes === undefined ? '?' : formatFigure(bytes / MEBIBYTE, decimals);
}
