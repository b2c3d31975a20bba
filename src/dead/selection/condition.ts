import { RECORD_HEADERS, RECORD_PREFIX } from '../../bridge/index.js';
import { nearestWord } from '../../errors/index.js';
import type { DeadMessage } from '../message/dead-message.js';
import { headerText } from '../message/header-text.js';
import { ageMs } from './age.js';

/**
 * `KEY=TEXT`: the value equals the text; `KEY~TEXT`: it contains the text. `older=2h` and `newer=30m`: the message died
 * before or after that moment, which is fixed when the condition is parsed.
 */
export type Condition =
  | { readonly kind: 'text'; readonly key: string; readonly operator: '=' | '~'; readonly text: string }
  | { readonly kind: 'older' | 'newer'; readonly thanMs: number };

/** In front of a header that has the name of a part of the record. */
const HEADER_KEY = 'header.';
const ID_KEY = 'id';
const ERROR_TYPE: string = RECORD_HEADERS.errorType;
const RECORD_KEYS = Object.entries(RECORD_HEADERS);
const AGE_KEYS = ['older', 'newer'];
/** In the order of the help text; the rest of the record follows. */
const USUAL_KEYS = [
  ID_KEY,
  'reason',
  'error-type',
  'cause',
  'consumer',
  'queue',
  'routing-key',
  'exchange',
  ...AGE_KEYS,
];
const KEYS: readonly string[] = [
  ...new Set([...USUAL_KEYS, ...Object.values(RECORD_HEADERS).map((header) => header.slice(RECORD_PREFIX.length))]),
];
/** Words for a key, such as the headings of a table. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['error', 'error-type'],
  ['type', 'error-type'],
  ['message', 'cause'],
  ['message-id', ID_KEY],
  ['age', 'older'],
  ['since', 'newer'],
  ['tries', 'attempts'],
]);

/**
 * @param nowMs the time that ages count back from
 * @throws Error when KEY is unknown, or KEY, the operator or the age is missing or wrong
 */
export function parseCondition(written: string, nowMs: number = Date.now()): Condition {
  const [, key, operator, text = ''] = /^([^=~]+)([=~])(.*)$/s.exec(written) ?? [];
  if (key === undefined || (operator !== '=' && operator !== '~')) {
    throw new Error(`"${written}" is not a condition (expected KEY=TEXT or KEY~TEXT)`);
  }
  if (key === 'older' || key === 'newer') return ageCondition(key, text, nowMs);
  if (!isKey(key)) throw new Error(unknownKey(key));
  return { kind: 'text', key, operator, text };
}

function isKey(key: string): boolean {
  return (
    KEYS.includes(key) ||
    RECORD_KEYS.some(([, header]) => header === key) ||
    (key.length > HEADER_KEY.length && key.startsWith(HEADER_KEY))
  );
}

function unknownKey(key: string): string {
  const word = nearestWord(key, [...KEYS, ...SYNONYMS.keys()]);
  const meant = word === undefined ? '' : `, did you mean "${SYNONYMS.get(word) ?? word}"?`;
  const keys = `${KEYS.slice(0, -1).join(', ')} or ${KEYS.at(-1)}`;
  return `"${key}" is not a key${meant} (expected header.${key} for a header of the message, or ${keys})`;
}

/** @throws Error when it is not an age */
export function ageCondition(kind: 'older' | 'newer', written: string, nowMs: number): Condition {
  const ms = ageMs(written);
  if (ms === undefined) throw new Error(`"${written}" is not an age (expected 30s, 5m, 2h, 3d or 1w)`);
  return { kind, thanMs: nowMs - ms };
}

export function holds(condition: Condition, message: DeadMessage): boolean {
  if (condition.kind === 'text') return textHolds(condition, message);
  const diedAt = message.diedAt?.getTime();
  if (diedAt === undefined) return false;
  return condition.kind === 'older' ? diedAt < condition.thanMs : diedAt >= condition.thanMs;
}

function textHolds({ key, operator, text }: Extract<Condition, { kind: 'text' }>, message: DeadMessage): boolean {
  const value = valueOf(key, message);
  if (value === undefined) return false;
  if (operator === '~') return value.includes(text);
  return value === text || (isErrorType(key) && partsOf(value).includes(text));
}

function valueOf(key: string, message: DeadMessage): string | undefined {
  if (key === ID_KEY) return message.id;
  const [name] = RECORD_KEYS.find(([, header]) => header === `${RECORD_PREFIX}${key}`) ?? [];
  const value = isRecordName(name)
    ? message.record(name)
    : message.headers?.[key.startsWith(HEADER_KEY) ? key.slice(HEADER_KEY.length) : key];
  return value === undefined ? undefined : headerText(value);
}

function isRecordName(name: string | undefined): name is keyof typeof RECORD_HEADERS {
  return name !== undefined && name in RECORD_HEADERS;
}

function isErrorType(key: string): boolean {
  return key === ERROR_TYPE || `${RECORD_PREFIX}${key}` === ERROR_TYPE;
}

/** `TypeError E_TEST` is an error of the type `TypeError` with the code `E_TEST`. */
function partsOf(errorType: string): readonly string[] {
  const space = errorType.indexOf(' ');
  return space === -1 ? [errorType] : [errorType.slice(0, space), errorType.slice(space + 1)];
}
