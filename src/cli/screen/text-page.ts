import { cutToWidth, wrapToWidth, wrapWords } from '../output/text-width.js';
import type { View } from './frame.js';
import { moveWindow, type ScrollState, START, windowAt } from './scroll.js';

/** Title and status. */
export const PAGE_FRAME = 2;
const TAB = '    ';

export interface TextPageOptions {
  readonly title: string;
  /** Without control characters, apart from tabs and line feeds. */
  readonly text: string;
  readonly isHelp: boolean;
}

/** A long text on the screen, as less shows it: wrapped, without a cursor. */
export class TextPage {
  readonly title: string;
  readonly isHelp: boolean;
  private readonly text: string;
  private scroll: ScrollState = START;
  private wrapped: readonly string[] = [];
  private wrappedFor = 0;

  constructor({ title, text, isHelp }: TextPageOptions) {
    this.title = title;
    this.isHelp = isHelp;
    this.text = text.replaceAll('\t', TAB);
  }

  /** @param hints keys for the last line */
  view(columns: number, rows: number, hints: readonly string[]): View {
    // Before the title, because it finds out how long the text is at this width.
    const body = this.lines(columns, rows);
    return { body, title: ` ${this.title}  ${this.partSeen(rows)}%`, hints };
  }

  /** How much of the text is above the end of the window, in per cent. */
  private partSeen(rows: number): number {
    return this.wrapped.length === 0
      ? 100
      : Math.min(100, Math.floor(((this.scroll.top + rows) / this.wrapped.length) * 100));
  }

  /** False for a key that moves nothing. */
  move(key: string, rows: number): boolean {
    const moved = moveWindow(key, this.scroll, { count: this.wrapped.length, rows });
    if (moved === undefined) return false;
    this.scroll = moved;
    return true;
  }

  /** Puts the next line that contains a text at the top; false when there is none. */
  find(text: string, step: 1 | -1, rows: number): boolean {
    const matches = matcherOf(text);
    const { length } = this.wrapped;
    for (let line = this.scroll.top + step; line >= 0 && line < length; line += step) {
      if (!matches(this.wrapped[line] ?? '')) continue;
      // At the end of the text it is not at the top, but it can be seen.
      this.scroll = windowAt(line, { count: length, rows });
      return true;
    }
    return false;
  }

  private lines(columns: number, rows: number): string[] {
    if (this.wrappedFor !== columns) {
      // Only help is prose; a body is shown as it is.
      const wrap = this.isHelp ? wrapWords : wrapToWidth;
      this.wrapped = this.text.split('\n').flatMap((line) => wrap(line, columns));
      this.wrappedFor = columns;
    }
    this.scroll = windowAt(this.scroll.top, { count: this.wrapped.length, rows });
    const visible = this.wrapped.slice(this.scroll.top, this.scroll.top + rows);
    return Array.from({ length: rows }, (_, row) => cutToWidth(visible[row] ?? '', columns));
  }
}

/** Text that is all in lower case matches any case, as `less -i` does. */
export function matcherOf(text: string): (line: string) => boolean {
  return text === text.toLowerCase() ? (line) => line.toLowerCase().includes(text) : (line) => line.includes(text);
}
