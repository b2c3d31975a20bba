/** A place in a file, from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** The path of the file; absent in problems of the configuration file itself. */
  readonly file?: string;
}

/** Every rule of a check and its meaning; reports name it, and a test keeps docs/validating.md equal. */
export const RULES = {
  syntax: 'the file cannot be read, or is not one YAML document',
  reference: 'a reference such as `${NAME}` cannot be filled in, or stands in a key',
  include: 'an included file cannot be read, or cannot be joined with the others',
  schema: 'a key is not known, or its value is not one that it takes',
  combination: 'two keys contradict each other',
  tls: 'a file of connection.tls cannot be used, or has expired',
  console: 'the file of http.token_file holds no token, cannot be read here, or is open to all',
  selection: '`--only` or `--except` names no entry of the file, or leaves none',
  module: 'a module, its export or a JSON Schema cannot be used',
  options: 'the schema of a consumer class refuses an option',
  'slow-module': 'a module takes longer than 5 s to load',
  'misnamed-shutdown': "the startup handler's module exports a function that is probably meant to be `shutdown`",
  environment: 'RABBITMQ_URL or RABBITMQ_HEARTBEAT cannot be read, or a part of it has no effect',
  logging: 'the logging file, or a transport of it, cannot be used',
  broker: 'the broker differs from the file (`--broker`)',
  dialect: 'YAML 1.1 or another reader takes a value without quotes for something else',
  duration: 'a duration has no unit and is below 1000, so it means milliseconds',
  'dropped-text': 'YAML reads a text as a comment or an anchor, so the key has no value',
  'repeated-name': 'two queues, two exchanges or two entries have the same name',
  'queue-argument': 'RabbitMQ refuses or ignores an argument of a queue, an exchange or a consumer',
  'undeclared-exchange': 'the file uses an exchange that it does not declare',
  'undeclared-queue': 'the file uses a queue that it does not declare',
  'dead-letter': 'nothing in the file is bound to a dead-letter exchange',
  'consumer-timeout': 'timeout.hard is beyond the consumer timeout of the broker',
  prefetch: 'prefetch_count is unlimited, or too low for the instances or the batch',
  retry: 'a retry outlives the TTL of its queue, or on_exhausted has little effect',
  threads: 'threads idle, or reach their heap limit before they are recycled',
  middleware: 'an entry has one middleware twice',
  decode: 'decode cannot put the messages of a stream aside',
  partition: 'partition_by has no effect, or keeps instances idle',
} as const;

/** The name of a rule, such as `undeclared-queue`; stable, because users match on it. */
export type Rule = keyof typeof RULES;

/** Something wrong, or as a warning doubtful, in a file that the user wrote. */
export interface Problem extends Position {
  /** The path as the user wrote it, so that terminals can link it. */
  readonly file: string;
  /** Path in the document, such as `queues[0].durable`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  readonly rule?: Rule;
  /** The line of the file, for a syntax error. */
  readonly excerpt?: string;
}

/** A path into a document: mapping keys and list indexes. */
export type Path = readonly (string | number)[];

/** Formats a problem as one line: `FILE:LINE:COLUMN  path  message (expected …)`. */
export function formatProblem(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const expected = problem.expected === undefined ? '' : ` (expected ${problem.expected})`;
  return [place, problem.path, `${problem.message}${expected}`].filter((part) => part !== '').join('  ');
}

/** Names the rule that found these problems. */
export function byRule<Found extends object>(rule: Rule, problems: readonly Found[]): (Found & { rule: Rule })[] {
  return problems.map((problem) => ({ ...problem, rule }));
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

/** Cuts text to 40 characters. */
export function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 2 * LONGEST_EXCERPT + 2));
  return characters.length > LONGEST_EXCERPT ? `${characters.slice(0, LONGEST_EXCERPT).join('')}…` : text;
}
