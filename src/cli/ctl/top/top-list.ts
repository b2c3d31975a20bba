import type { Column } from '../../output/table-layout.js';
import { moveCursor, type ScrollSize, type ScrollState, START, showing } from '../../screen/scroll.js';
import { type TableRow, tableLines } from '../../screen/table-lines.js';
import { matcherOf } from '../../screen/text-page.js';
import type { Fields } from '../views.js';
import { sorted, type TopColumn } from './top-columns.js';

const SORTED = '▾';

export interface TopListOptions {
  readonly columns: readonly TopColumn[];
  /** Finds a row again in the next report. */
  readonly keyOf: (row: Fields) => string;
  readonly lookOf: (row: Fields) => Pick<TableRow, 'mark' | 'color'>;
  /** Texts that the filter looks at. */
  readonly textsOf: (row: Fields) => readonly string[];
}

/** The entries or the threads on the screen. The cursor stays on its row, wherever the order moves it. */
export class TopList {
  private readonly options: TopListOptions;
  private all: readonly Fields[] = [];
  private shown: readonly Fields[] = [];
  private scroll: ScrollState = START;
  private key: string | undefined;
  /** The column that orders the rows; undefined: the order of the daemon. */
  private sortedBy: number | undefined;
  private text = '';

  constructor(options: TopListOptions) {
    this.options = options;
  }

  get current(): Fields | undefined {
    return this.shown[this.scroll.cursor];
  }

  get filter(): string {
    return this.text;
  }

  get position(): string {
    return `${this.shown.length === 0 ? 0 : this.scroll.cursor + 1}/${this.shown.length}`;
  }

  update(rows: readonly Fields[]): void {
    this.all = rows;
    this.arrange();
  }

  /** Empty: all. */
  show(text: string): void {
    this.text = text;
    this.arrange();
  }

  /** The next column orders the rows; after the last one the daemon does. */
  sortNext(): void {
    const next = this.sortedBy === undefined ? 0 : this.sortedBy + 1;
    this.sortedBy = next < this.options.columns.length ? next : undefined;
    this.arrange();
  }

  /** False for a key that moves nothing. */
  move(key: string, rows: number): boolean {
    const moved = moveCursor(key, this.scroll, this.sizeOf(rows));
    if (moved === undefined) return false;
    this.scroll = moved;
    this.key = this.keyOfCurrent();
    return true;
  }

  /** The heading and so many lines, each as wide as the screen. */
  lines({ columns, rows }: { readonly columns: number; readonly rows: number }): string[] {
    this.scroll = showing(this.scroll, this.sizeOf(rows));
    const { top, cursor } = this.scroll;
    const { columns: own, lookOf } = this.options;
    const table = own.map((column, index): Column => (index === this.sortedBy ? withMark(column) : column));
    const visible = this.shown
      .slice(top, top + rows)
      .map((row): TableRow => ({ ...lookOf(row), cells: own.map(({ text }) => text(row)) }));
    return tableLines(table, visible, { columns, rows, cursor: cursor - top });
  }

  private arrange(): void {
    const { columns, keyOf, textsOf } = this.options;
    const matches = matcherOf(this.text);
    const column = this.sortedBy === undefined ? {} : (columns[this.sortedBy] ?? {});
    this.shown = sorted(
      this.all.filter((row) => textsOf(row).some(matches)),
      column,
    );
    const at = this.key === undefined ? -1 : this.shown.findIndex((row) => keyOf(row) === this.key);
    if (at >= 0) this.scroll = { ...this.scroll, cursor: at };
    this.scroll = showing(this.scroll, { count: this.shown.length, rows: 1 });
    // A row that the filter hides is no longer selected.
    this.key = this.keyOfCurrent();
  }

  private keyOfCurrent(): string | undefined {
    return this.current === undefined ? undefined : this.options.keyOf(this.current);
  }

  private sizeOf(rows: number): ScrollSize {
    return { count: this.shown.length, rows };
  }
}

function withMark(column: Column): Column {
  return { ...column, heading: `${column.heading}${SORTED}` };
}
