import type { MessageFacts } from '../dead/index.js';
import { printableLine } from './printable.js';

const HEADINGS = ['ID', 'DIED AT', 'REASON', 'ATTEMPTS', 'ERROR', 'BODY'] as const;
/** An id is never cut: it has to be typed again. */
const WIDEST_ERROR = 48;
const NARROWEST_BODY = 12;
const GAP = '  ';
/** So many rows decide how wide the columns are; later ones may stick out. */
const MEASURED_ROWS = 200;

/** A table whose lines are told while its rows come in. */
export class DeadTable {
  private readonly columns: number;
  private waiting: string[][] = [];
  private widths: readonly number[] | undefined;

  /** @param columns of the terminal */
  constructor(columns: number) {
    this.columns = columns;
  }

  /** The lines that are known with this row. */
  add(facts: MessageFacts): string[] {
    const row = rowOf(facts);
    if (this.widths !== undefined) return [this.line(row, this.widths)];
    this.waiting.push(row);
    return this.waiting.length === MEASURED_ROWS ? this.begin() : [];
  }

  /** The lines that were held back to measure them. */
  end(): string[] {
    return this.widths === undefined && this.waiting.length > 0 ? this.begin() : [];
  }

  private begin(): string[] {
    const rows = [[...HEADINGS], ...this.waiting];
    this.waiting = [];
    const widths = HEADINGS.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
    this.widths = widths;
    return rows.map((row) => this.line(row, widths));
  }

  private line(row: readonly string[], widths: readonly number[]): string {
    const body = row.at(-1) ?? '';
    const before = row.slice(0, -1).map((cell, index) => cell.padEnd(widths[index] ?? 0) + GAP);
    const line = before.join('');
    return line + cut(body, Math.max(NARROWEST_BODY, this.columns - line.length));
  }
}

function rowOf({ id, diedAt, reason, attempts, errorType, cause, preview }: MessageFacts): string[] {
  const error = [errorType, cause].filter((part) => part !== undefined).join(': ');
  return [
    printableLine(id),
    // To the second, which is all that the header has.
    printableLine(diedAt?.replace(/\.\d+Z$/, 'Z') ?? '-'),
    printableLine(reason ?? '-'),
    attempts === undefined ? '-' : String(attempts),
    cut(printableLine(error) || '-', WIDEST_ERROR),
    printableLine(preview),
  ];
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
