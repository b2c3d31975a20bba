/** Where a window of `rows` lines stands over `count` lines, and which of them the cursor is on. */
export interface ScrollState {
  readonly top: number;
  readonly cursor: number;
}

export interface ScrollSize {
  readonly count: number;
  readonly rows: number;
}

export const START: ScrollState = { top: 0, cursor: 0 };

/** Moves the cursor by a key of less; undefined for a key that moves nothing. */
export function moveCursor(key: string, { cursor, top }: ScrollState, size: ScrollSize): ScrollState | undefined {
  const to = targetOf(key, cursor, size);
  return to === undefined ? undefined : showing({ top, cursor: to }, size);
}

/** Moves the window by a key of less, for a text without a cursor; undefined for a key that moves nothing. */
export function moveWindow(key: string, { top }: ScrollState, size: ScrollSize): ScrollState | undefined {
  const to = targetOf(key, top, size);
  if (to === undefined) return undefined;
  return windowAt(key === 'G' ? size.count : to, size);
}

/** The window with a line at its top, as far as there are lines. */
export function windowAt(line: number, { count, rows }: ScrollSize): ScrollState {
  const top = Math.max(0, Math.min(line, count - rows));
  return { top, cursor: top };
}

/** The nearest state in which the cursor is on a line, and in the window. */
export function showing({ top, cursor }: ScrollState, { count, rows }: ScrollSize): ScrollState {
  const on = Math.max(0, Math.min(cursor, count - 1));
  const least = Math.max(0, on - rows + 1);
  const most = Math.max(0, Math.min(on, count - rows));
  return { cursor: on, top: Math.max(least, Math.min(top, most)) };
}

function targetOf(key: string, at: number, { count, rows }: ScrollSize): number | undefined {
  const half = Math.max(1, Math.floor(rows / 2));
  switch (key) {
    case 'j':
      return at + 1;
    case 'k':
      return at - 1;
    case 'space':
    case 'f':
      return at + rows;
    case 'b':
      return at - rows;
    case 'd':
      return at + half;
    case 'u':
      return at - half;
    case 'g':
    case '<':
      return 0;
    case 'G':
    case '>':
      return count - 1;
    default:
      return undefined;
  }
}
