import { nearestWord } from '../../errors/index.js';
import { DURATION_EXPECTED } from '../../timing/index.js';
import { RATE_EXPECTED } from '../values/rate.js';

/** What other programs call a key of this file; the first one that is known in its place counts. */
const KEY_SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  args: ['arguments'],
  cert: ['certificate'],
  class: ['consumer'],
  concurrency: ['consumer_count'],
  config: ['options'],
  count: ['consumer_count'],
  deadletter: ['x_dead_letter_exchange'],
  dlx: ['x_dead_letter_exchange'],
  handler: ['consumer'],
  initialdelay: ['delay'],
  instances: ['consumer_count'],
  key: ['routing_key'],
  maxattempts: ['attempts', 'retry'],
  maxretries: ['attempts', 'retry'],
  module: ['consumer'],
  multiplier: ['factor'],
  name: ['consumer', 'queue', 'exchange'],
  onfailure: ['on_exhausted'],
  parameters: ['options'],
  params: ['options'],
  pattern: ['routing_key'],
  qos: ['prefetch_count'],
  replicas: ['consumer_count'],
  retries: ['retry', 'attempts'],
  settings: ['options'],
  source: ['exchange'],
  ssl: ['tls'],
  topic: ['routing_key'],
  ttl: ['x_message_ttl'],
  type: ['x_queue_type'],
  worker: ['consumer'],
  workers: ['threads'],
};

/** What other programs call a value. */
const VALUE_SYNONYMS: Readonly<Record<string, string>> = {
  constant: 'fixed',
  critical: 'fatal',
  dlx: 'dead_letter',
  drop: 'discard',
  err: 'error',
  none: 'silent',
  off: 'silent',
  verbose: 'debug',
  warning: 'warn',
};

const SHORTEST_BEGINNING = 4;

/** Guesses the known key behind an unknown one: a synonym, a misspelling, or its beginning; undefined: none is close. */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const squashed = squash(unknown);
  const synonyms = Object.hasOwn(KEY_SYNONYMS, squashed) ? (KEY_SYNONYMS[squashed] ?? []) : [];
  return (
    synonyms.find((word) => known.includes(word)) ?? nearestWord(unknown, known) ?? theOneThatBegins(squashed, known)
  );
}

/** Guesses the word behind a value that is none of `words`; undefined: none is close. */
export function nearestValue(value: string, words: readonly string[]): string | undefined {
  const squashed = value.toLowerCase();
  const synonym = Object.hasOwn(VALUE_SYNONYMS, squashed) ? VALUE_SYNONYMS[squashed] : undefined;
  return synonym !== undefined && words.includes(synonym) ? synonym : nearestWord(value, words);
}

/** A value that a schema rejects. */
export interface RejectedValue {
  readonly found: unknown;
  /** As the schema says it, such as `true or false`. */
  readonly expected: string;
  /** The words that it may be, where there are only so many. */
  readonly words: readonly string[];
}

/** Guesses how the value should have been written, as YAML; undefined: it is not close to anything. */
export function suggestValue({ found, expected, words }: RejectedValue): string | undefined {
  if (typeof found !== 'string' || found.length > SHORT_VALUE) return undefined;
  const text = found.trim();
  if (words.length > 0) {
    const word = nearestValue(text, words);
    return word === undefined ? undefined : JSON.stringify(word);
  }
  if (expected === 'true or false') return truth(text);
  if (/^a (?:whole )?number\b/.test(expected)) return /^\d+(?:\.\d+)?$/.test(text) ? text : undefined;
  const corrected = expected.startsWith(DURATION_EXPECTED)
    ? durationText(text)
    : expected.startsWith(RATE_EXPECTED)
      ? rateText(text)
      : undefined;
  // `0s` has the right form and is invalid all the same.
  return corrected === found ? undefined : corrected;
}

const SHORT_VALUE = 64;

function truth(text: string): string | undefined {
  if (/^(?:true|yes|y|on|1)$/i.test(text)) return 'true';
  return /^(?:false|no|n|off|0)$/i.test(text) ? 'false' : undefined;
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ms|msecs?|milliseconds?)$/i, 'ms'],
  [/^(?:s|secs?|seconds?)$/i, 's'],
  [/^(?:m|mins?|minutes?)$/i, 'm'],
  [/^(?:h|hrs?|hours?)$/i, 'h'],
];

function durationText(text: string): string | undefined {
  const [, amount, unit = ''] = /^(\d+) ?([a-z]+)$/i.exec(text) ?? [];
  const short = shortUnit(unit);
  return amount === undefined || short === undefined ? undefined : `${amount}${short}`;
}

function rateText(text: string): string | undefined {
  const [, amount, unit = ''] = /^(\d+) ?(?:\/|per) ?([a-z]+)$/i.exec(text) ?? [];
  const short = shortUnit(unit);
  return amount === undefined || short === undefined || short === 'ms' ? undefined : `${amount}/${short}`;
}

function shortUnit(unit: string): string | undefined {
  return UNITS.find(([pattern]) => pattern.test(unit))?.[1];
}

function theOneThatBegins(beginning: string, known: readonly string[]): string | undefined {
  if (beginning.length < SHORTEST_BEGINNING) return undefined;
  const [word, ...others] = known.filter((each) => squash(each).startsWith(beginning));
  return others.length === 0 ? word : undefined;
}

function squash(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}
