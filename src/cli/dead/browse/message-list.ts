import { ageText, type SnapshotEntry } from '../../../dead/index.js';
import { printableLine } from '../../output/printable.js';
import type { Column } from '../../output/table-layout.js';
import { cutToWidth } from '../../output/text-width.js';
import { moveCursor, type ScrollSize, type ScrollState, START, showing } from '../../screen/scroll.js';
import { tableLines } from '../../screen/table-lines.js';
import { matcherOf } from '../../screen/text-page.js';

const COLUMNS: readonly Column[] = [
  { heading: 'ID', least: 8, most: 36, expendable: 0 },
  { heading: 'AGE', least: 4, most: 5, expendable: 1 },
  { heading: 'REASON', least: 14, most: 14, expendable: 2 },
  { heading: 'TRIES', least: 5, most: 5, expendable: 3 },
  { heading: 'ERROR', least: 14, most: 60, expendable: 0 },
  { heading: 'BODY', least: 12, most: 400, expendable: 4 },
];
const AGE = 1;
const MARK = '*';

export interface ListSize {
  readonly columns: number;
  /** Lines under the heading. */
  readonly rows: number;
  readonly nowMs: number;
  /** Shown if there is no message. */
  readonly absence: string;
}

/** The messages on the screen: which of them are shown, where the cursor is, and which are marked. */
export class MessageList {
  private all: readonly SnapshotEntry[] = [];
  private shown: readonly SnapshotEntry[] = [];
  private marked = new Set<SnapshotEntry>();
  private scroll: ScrollState = START;
  private cells: ReadonlyMap<SnapshotEntry, readonly string[]> = new Map();

  get current(): SnapshotEntry | undefined {
    return this.shown[this.scroll.cursor];
  }

  get markedCount(): number {
    return this.marked.size;
  }

  get shownCount(): number {
    return this.shown.length;
  }

  get position(): number {
    return this.shown.length === 0 ? 0 : this.scroll.cursor + 1;
  }

  /** The marked messages, or the one under the cursor. */
  get chosen(): readonly SnapshotEntry[] {
    if (this.marked.size > 0) return this.all.filter((entry) => this.marked.has(entry));
    return this.current === undefined ? [] : [this.current];
  }

  /** Takes other messages; those with the same content keep their marks. */
  replace(entries: readonly SnapshotEntry[]): void {
    const marks = new Map<string, number>();
    for (const { contentHash } of this.marked) marks.set(contentHash, (marks.get(contentHash) ?? 0) + 1);
    this.all = entries;
    this.cells = new Map(entries.map((entry) => [entry, cellsOf(entry)]));
    this.marked = new Set();
    for (const entry of entries) {
      const left = marks.get(entry.contentHash) ?? 0;
      if (left === 0) continue;
      marks.set(entry.contentHash, left - 1);
      this.marked.add(entry);
    }
  }

  /** Shows only these; a mark that cannot be seen is taken away, so that nobody deletes what is hidden. */
  show(entries: readonly SnapshotEntry[]): void {
    const seen = new Set(entries);
    this.shown = entries;
    this.marked = new Set([...this.marked].filter((entry) => seen.has(entry)));
    this.scroll = showing(this.scroll, { count: entries.length, rows: 1 });
  }

  /** False for a key that moves nothing. */
  move(key: string, rows: number): boolean {
    const moved = moveCursor(key, this.scroll, this.sizeOf(rows));
    if (moved === undefined) return false;
    this.scroll = moved;
    return true;
  }

  toggleMark(): void {
    const { current } = this;
    if (current !== undefined && !this.marked.delete(current)) this.marked.add(current);
  }

  /** Marks all that are shown, or none when they are marked already. */
  toggleAllMarks(): void {
    this.marked = this.marked.size === this.shown.length ? new Set() : new Set(this.shown);
  }

  /** Moves to the next message that contains a text; false when there is none. */
  find(text: string, step: 1 | -1): boolean {
    const { length } = this.shown;
    const matches = matcherOf(text);
    for (let away = 1; away <= length; away++) {
      const index = (this.scroll.cursor + step * away + length * away) % length;
      const entry = this.shown[index];
      if (entry === undefined || !(this.cells.get(entry) ?? []).some(matches)) continue;
      this.scroll = { ...this.scroll, cursor: index };
      return true;
    }
    return false;
  }

  /** The heading and so many lines of messages, each as wide as the screen. */
  lines({ columns, rows, nowMs, absence }: ListSize): string[] {
    this.scroll = showing(this.scroll, this.sizeOf(rows));
    const { top, cursor } = this.scroll;
    const visible = this.shown.slice(top, top + rows).map((entry) => ({
      mark: this.marked.has(entry) ? MARK : '',
      cells: (this.cells.get(entry) ?? cellsOf(entry)).with(AGE, ageOf(entry, nowMs)),
    }));
    const lines = tableLines(COLUMNS, visible, { columns, rows, cursor: cursor - top });
    return visible.length > 0 ? lines : lines.with(1, cutToWidth(`  ${absence}`, columns));
  }

  private sizeOf(rows: number): ScrollSize {
    return { count: this.shown.length, rows };
  }
}

function ageOf({ facts }: SnapshotEntry, nowMs: number): string {
  const diedAtMs = Date.parse(facts.diedAt ?? '');
  return Number.isNaN(diedAtMs) ? '-' : ageText(nowMs - diedAtMs);
}

/** The cells without the age, which changes. */
function cellsOf({ facts }: SnapshotEntry): readonly string[] {
  const { id, reason, attempts, errorType, cause, preview } = facts;
  return [
    printableLine(id),
    '',
    printableLine(reason ?? '-'),
    attempts === undefined ? '-' : String(attempts),
    printableLine([errorType, cause].filter((part) => part !== undefined).join(': ')) || '-',
    printableLine(preview),
  ];
}
