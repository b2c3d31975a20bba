/** A place in a file, from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Set for a place in an included file: the path of that file. */
  readonly file?: string;
}

/** Something wrong, or as a warning doubtful, in a file that the user wrote. */
export interface Problem extends Position {
  /** The path as the user wrote it, so that terminals can link it. */
  readonly file: string;
  /** Path in the document, such as `queues[0].durable`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
}

/** A path into a document: mapping keys and list indexes. */
export type Path = readonly (string | number)[];

/** Formats a problem as one line: `FILE:LINE:COLUMN  path  message (expected …)`. */
export function formatProblem(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const expected = problem.expected === undefined ? '' : ` (expected ${problem.expected})`;
  return [place, problem.path, `${problem.message}${expected}`].filter((part) => part !== '').join('  ');
}

/** Formats a path as the author would write it: `queues[0].bindings[1].exchange`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(shorten(step))}]`;
  }
  return text;
}

/**
 * Sorts problems by position, file after file as they first occur, and drops duplicates, because two rules may reject the
 * same value.
 * @param firstFile comes before the others
 */
export function inReadingOrder(problems: readonly Problem[], firstFile?: string): Problem[] {
  const distinct = new Map<string, Problem>();
  for (const problem of problems) {
    const { file, line, column, path, message } = problem;
    const identity = JSON.stringify([file, line, column, path, message]);
    if (!distinct.has(identity)) distinct.set(identity, problem);
  }
  const files = [...new Set([firstFile, ...problems.map(({ file }) => file)])];
  return [...distinct.values()].toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** Describes the value found in place of the expected one, on one short line. */
export function describeValue(value: unknown): string {
  if (value === null) return 'has no value';
  if (Array.isArray(value)) return value.length === 0 ? 'is an empty list' : 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  if (typeof value === 'string') return `is ${JSON.stringify(shorten(value))}`;
  return typeof value === 'number' || typeof value === 'boolean' ? `is ${value}` : 'cannot be understood';
}

const LONGEST_EXCERPT = 40;

function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 2 * LONGEST_EXCERPT + 2));
  return characters.length > LONGEST_EXCERPT ? `${characters.slice(0, LONGEST_EXCERPT).join('')}…` : text;
}
