import { ageCondition, deadNameOf, originalNameOf, parseCondition, type Selection } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { oneOf } from '../../flag-values.js';
import { DEAD_FORMATS, type OutputOptions, type QueueChoice } from './dead-command.js';

/** Turns what yargs found into what a command takes; everything here throws an Error that names the flag. */

/** A flag that was given once, or several times. */
type Repeated<Value extends string> = Value | readonly Value[] | undefined;

const formatOf = oneOf(DEAD_FORMATS, 'a format');

export interface GivenOutput {
  readonly format?: Repeated<string>;
  readonly config?: Repeated<string>;
}

export function outputOf({ format, config }: GivenOutput): OutputOptions {
  const written = last(format);
  return {
    format: written === undefined ? undefined : named('--format', () => formatOf(written)),
    config: last(config),
  };
}

export interface GivenSelection {
  readonly id?: readonly string[] | undefined;
  readonly where?: readonly string[] | undefined;
  readonly older?: Repeated<string>;
  readonly newer?: Repeated<string>;
}

export function selectionOf({ id = [], where = [], older, newer }: GivenSelection): Selection {
  const nowMs = Date.now();
  const conditions = where.map((written) => named('--where', () => parseCondition(written, nowMs)));
  for (const [kind, given] of [
    ['older', last(older)],
    ['newer', last(newer)],
  ] as const) {
    if (given !== undefined) conditions.push(named(`--${kind}`, () => ageCondition(kind, given, nowMs)));
  }
  return { ids: id, conditions };
}

/** The conditions as the filter of the browser would have them: `cause~"no route" older=2h`. */
export function writtenOf({ where = [], older, newer }: GivenSelection): string {
  const ages = { older: last(older), newer: last(newer) };
  const conditions = Object.entries(ages).flatMap(([kind, age]) => (age === undefined ? [] : [`${kind}=${age}`]));
  return [...where, ...conditions].map((each) => each.replace(/^([^=~]+[=~])(.*\s.*)$/s, '$1"$2"')).join(' ');
}

/**
 * The queue and the words behind it. `--queue` names it exactly, and leaves all words to the command; otherwise the first
 * word does, `email` for `email.dead`.
 */
function queueOf(
  words: readonly string[],
  queue: Repeated<string>,
): { readonly queue: QueueChoice | undefined; readonly rest: readonly string[] } {
  const exact = last(queue);
  if (exact === '') throw new Error('--queue: the name of the queue is empty');
  if (exact !== undefined) return { queue: { name: exact }, rest: words };
  const [word, ...rest] = words;
  if (word === undefined) return { queue: undefined, rest };
  if (word === '') throw new Error('the name of the queue is empty');
  const name = deadNameOf(word);
  const companion = originalNameOf(name);
  return { queue: { name, ...(companion !== undefined && { companion }) }, rest };
}

export function wordsOf(...words: readonly (string | undefined)[]): readonly string[] {
  return words.filter((word) => word !== undefined);
}

/** The queue of a command and the words behind it. @throws Error when no queue is named, or a word is left over */
export function target(
  words: readonly string[],
  flagged: Repeated<string>,
  most = 0,
): { readonly queue: QueueChoice; readonly rest: readonly string[] } {
  const { queue, rest } = queueOf(words, flagged);
  if (queue === undefined) throw new Error('expected a QUEUE, or --queue NAME');
  const tooMany = rest[most];
  if (tooMany !== undefined) throw new Error(`Unknown argument: ${tooMany}`);
  return { queue, rest };
}

export function countOf(given: Repeated<string>): number | undefined {
  const written = last(given);
  if (written === undefined) return undefined;
  const count = Number(written);
  if (!/^\d+$/.test(written) || count < 1 || !Number.isSafeInteger(count)) {
    throw new Error(`--limit: "${written}" is not a number of messages (expected 1 or more)`);
  }
  return count;
}

/** The last of several values wins, as for the daemon; yargs passes a list. */
export function last<Value extends string>(given: Repeated<Value>): Value | undefined {
  return typeof given === 'object' ? given.at(-1) : given;
}

function named<Value>(flag: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${flag}: ${messageOf(error)}`, { cause: error });
  }
}
