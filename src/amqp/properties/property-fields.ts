import { behindShortString } from '../messages/short-string.js';

/**
 * The properties of a message: a word of flags, then the announced values in the order of their bits, highest first.
 */
export const PROPERTY_FIELDS = [
  ['contentType', 'text', 0x8000],
  ['contentEncoding', 'text', 0x4000],
  ['headers', 'table', 0x2000],
  ['deliveryMode', 'octet', 0x1000],
  ['priority', 'octet', 0x0800],
  ['correlationId', 'text', 0x0400],
  ['replyTo', 'text', 0x0200],
  ['expiration', 'text', 0x0100],
  ['messageId', 'text', 0x0080],
  ['timestamp', 'time', 0x0040],
  ['type', 'text', 0x0020],
  ['userId', 'text', 0x0010],
  ['appId', 'text', 0x0008],
  ['clusterId', 'text', 0x0004],
] as const;

export type PropertyField = (typeof PROPERTY_FIELDS)[number];
export type PropertyName = Exclude<PropertyField[0], 'headers'>;
type TextField = Extract<PropertyField, readonly [string, 'text', number]>;

export const TEXT_PROPERTIES: readonly TextField[0][] = PROPERTY_FIELDS.filter(isText).map(([name]) => name);

export const FLAG_BYTES = 2;
const FLAGS: ReadonlyMap<string, number> = new Map(PROPERTY_FIELDS.map(([name, , flag]) => [name, flag]));
/** RabbitMQ closes the connection over any other bit. */
const KNOWN_FLAGS = PROPERTY_FIELDS.reduce<number>((all, [, , flag]) => all | flag, 0);
/** Leading zeros of the first flag in 32 bits; each field has one more than the field before. */
const FIRST_FLAG_ZEROS = Math.clz32(PROPERTY_FIELDS[0][2]);
const OCTET_BYTES = 1;
const TIME_BYTES = 8;
const LENGTH_BYTES = { text: 1, table: 4, octet: 0, time: 0 } as const;

/** The largest list, headers excluded. */
export const MAX_PLAIN_LIST =
  FLAG_BYTES + LENGTH_BYTES.table + 2 * OCTET_BYTES + TIME_BYTES + TEXT_PROPERTIES.length * 256;

/** True when the list at this offset has the property. */
export function announces(list: Uint8Array, start: number, name: PropertyField[0]): boolean {
  return (flagsAt(list, start) & (FLAGS.get(name) ?? 0)) !== 0;
}

/** True when the list at this offset has only known flags. */
export function hasKnownFlags(list: Uint8Array, start: number): boolean {
  return (flagsAt(list, start) & ~KNOWN_FLAGS) === 0;
}

/** Gets each value without its length prefix; returns false to stop. */
export type PropertyVisitor = (field: PropertyField, start: number, end: number, list: Uint8Array) => boolean;

/**
 * Visits the values of a list. Returns the offset behind the last one; NaN when a value is cut off or the visitor
 * stops. Never throws, because the bytes may be hostile.
 */
export function walkProperties(list: Uint8Array, start: number, end: number, visit: PropertyVisitor): number {
  let at = start + FLAG_BYTES;
  if (at > end) return Number.NaN;
  let left = flagsAt(list, start) & KNOWN_FLAGS;
  while (left !== 0) {
    const field = PROPERTY_FIELDS[Math.clz32(left) - FIRST_FLAG_ZEROS];
    if (field === undefined) return Number.NaN;
    const [, kind, flag] = field;
    left ^= flag;
    const valueEnd = endOf(list, at, kind);
    if (!(valueEnd <= end) || !visit(field, at + LENGTH_BYTES[kind], valueEnd, list)) return Number.NaN;
    at = valueEnd;
  }
  return at;
}

function endOf(list: Uint8Array, at: number, kind: PropertyField[1]): number {
  switch (kind) {
    case 'text':
      return behindShortString(list, at);
    case 'table':
      return at + LENGTH_BYTES.table + longAt(list, at);
    case 'octet':
      return at + OCTET_BYTES;
    // `time`
    default:
      return at + TIME_BYTES;
  }
}

function flagsAt(list: Uint8Array, at: number): number {
  return ((list[at] ?? 0) << 8) | (list[at + 1] ?? 0);
}

function longAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  return (((first << 24) | (second << 16) | (third << 8)) >>> 0) + (bytes[at + 3] ?? Number.NaN);
}

function isText(field: PropertyField): field is TextField {
  return field[1] === 'text';
}
