import type { MessageFacts } from '../../../dead/index.js';
import { printableLine } from '../../output/printable.js';
import { type Column, fitColumns, GAP, type Layout } from '../../output/table-layout.js';
import { cutToWidth, padToWidth, textWidth } from '../../output/text-width.js';

/** Ids are never cut, because people must type them again. */
export const MESSAGE_COLUMNS: readonly Column[] = [
  { heading: 'ID', least: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY, expendable: 0 },
  { heading: 'DIED AT', least: 20, most: 24, expendable: 1 },
  { heading: 'REASON', least: 16, most: 16, expendable: 2 },
  { heading: 'ATTEMPTS', least: 8, most: 8, expendable: 3 },
  { heading: 'ERROR', least: 16, most: 48, expendable: 0 },
  { heading: 'BODY', least: 12, most: 200, expendable: 4 },
];
const HEADINGS = MESSAGE_COLUMNS.map(({ heading }) => heading);
const [ID, DIED_AT, ERROR] = [0, 1, 4];
const INDENT = '  ';
/** The first rows set the column widths; later rows may exceed them. */
const MEASURED_ROWS = 200;

/** Formats messages as table lines while they arrive, no line wider than the terminal unless its id is. */
export class DeadTable {
  private readonly columns: number;
  private waiting: string[][] = [];
  private hasBegun = false;
  /** Undefined once it has begun: too narrow for a table. */
  private layout: Layout | undefined;

  constructor(columns: number) {
    this.columns = columns;
  }

  add(facts: MessageFacts): string[] {
    const row = rowOf(facts);
    if (this.hasBegun) return this.linesOf(row);
    this.waiting.push(row);
    return this.waiting.length === MEASURED_ROWS ? this.begin() : [];
  }

  end(): string[] {
    return !this.hasBegun && this.waiting.length > 0 ? this.begin() : [];
  }

  private begin(): string[] {
    const rows = this.waiting;
    this.waiting = [];
    this.hasBegun = true;
    this.layout = layoutOf(rows, this.columns);
    const heading = this.layout === undefined ? [] : this.linesOf(HEADINGS);
    return [...heading, ...rows.flatMap((row) => this.linesOf(row))];
  }

  private linesOf(row: readonly string[]): string[] {
    return this.layout === undefined ? cardOf(row, this.columns) : [lineOf(row, this.layout, this.columns)];
  }
}

/** The layout for rows of cells; undefined when the terminal is too narrow for a table. */
export function layoutOf(rows: readonly (readonly string[])[], columns: number): Layout | undefined {
  const natural = HEADINGS.map((heading, index) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[index] ?? '')), heading.length),
  );
  return fitColumns(MESSAGE_COLUMNS, natural, columns);
}

/** One line of a table; an id that is wider than its column takes the room of what follows. */
export function lineOf(row: readonly string[], layout: Layout, columns: number): string {
  const line = layout
    .map(({ index, width }) => {
      const cell = row[index] ?? '';
      return padToWidth(index === ID ? cell : cutToWidth(cell, width), width);
    })
    .join(GAP)
    .trimEnd();
  return cutToWidth(line, Math.max(columns, textWidth(row[ID] ?? '')));
}

/** The cells of a message. */
export function rowOf({ id, diedAt, reason, attempts, errorType, cause, preview }: MessageFacts): string[] {
  const error = [errorType, cause].filter((part) => part !== undefined).join(': ');
  return [
    printableLine(id),
    // The header has a resolution of seconds.
    printableLine(diedAt?.replace(/\.\d+Z$/, 'Z') ?? '-'),
    printableLine(reason ?? '-'),
    attempts === undefined ? '-' : String(attempts),
    printableLine(error) || '-',
    printableLine(preview),
  ];
}

/** A message for a terminal that is too narrow for a table. */
function cardOf(row: readonly string[], columns: number): string[] {
  const facts = [row[DIED_AT], row[ERROR]].filter((cell) => cell !== undefined && cell !== '-').join(GAP);
  return [row[ID] ?? '', ...(facts === '' ? [] : [cutToWidth(`${INDENT}${facts}`, columns)])];
}
