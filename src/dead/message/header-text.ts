import type { FieldTable, FieldValue } from '../../amqp/index.js';

/** A header value that JSON can represent. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Formats a header for people and comparisons: text as it is, dates as ISO 8601, tables as JSON. */
export function headerText(value: FieldValue): string {
  const plain = plainValue(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/**
 * Converts a header for JSON: dates as ISO 8601, integers beyond 2^53 as text, bytes as UTF-8 if valid, otherwise
 * base64.
 */
export function plainValue(value: FieldValue): PlainValue {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  // An AMQP timestamp has 64 bits of seconds, more than `Date` covers.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  if (value instanceof Uint8Array) return bytesText(value) ?? Buffer.from(value).toString('base64');
  if (isList(value)) return value.map(plainValue);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, inner === undefined ? null : plainValue(inner)]),
  );
}

/** Decodes UTF-8; undefined when the bytes are not valid. */
export function bytesText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isList(value: readonly FieldValue[] | FieldTable | object): value is readonly FieldValue[] {
  return Array.isArray(value);
}
