/**
 * The AMQP field table, as RabbitMQ reads and writes it (https://www.rabbitmq.com/docs/amqp-0-9-1-errata#section_3).
 * amqplib's codec would decode every message and turn 64-bit integers into doubles.
 */

/** An AMQP decimal: `digits / 10 ** places`. */
export interface Decimal {
  readonly '!': 'decimal';
  /** `places` 0 to 255; `digits` signed, 32 bits. */
  readonly value: { readonly places: number; readonly digits: number };
}

/**
 * A value of a field table. Integers beyond ±2^53 are `bigint`; byte arrays and invalid UTF-8 are `Buffer`; a timestamp
 * is a `Date`, or seconds if before 1970 or beyond `Date`.
 */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | Decimal
  | readonly FieldValue[]
  | FieldTable;

/** A field table; names have at most 255 bytes, and `undefined` values are left out. */
export interface FieldTable {
  readonly [key: string]: FieldValue | undefined;
}

/** Levels of nested tables and lists; RabbitMQ sets no limit, but our codec recurses. */
export const MAX_DEPTH = 256;
export const MAX_DATE_SECONDS = 8_640_000_000_000;
