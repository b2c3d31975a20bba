import type { MessageFacts } from '../../dead/index.js';
import { printableLine } from './printable.js';

const HEADINGS = ['ID', 'DIED AT', 'REASON', 'ATTEMPTS', 'ERROR', 'BODY'] as const;
/** Ids are never cut, because people must type them again. */
const WIDEST_ERROR = 48;
const NARROWEST_BODY = 12;
const GAP = '  ';
/** The first rows set the column widths; later rows may exceed them. */
const MEASURED_ROWS = 200;

/** Formats messages as table lines while they arrive. */
export class DeadTable {
  private readonly columns: number;
  private waiting: string[][] = [];
  private widths: readonly number[] | undefined;

  constructor(columns: number) {
    this.columns = columns;
  }

  add(facts: MessageFacts): string[] {
    const row = rowOf(facts);
    if (this.widths !== undefined) return [this.line(row, this.widths)];
    this.waiting.push(row);
    return this.waiting.length === MEASURED_ROWS ? this.begin() : [];
  }

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
    // The header has a resolution of seconds.
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
