/**
 * The AMQP field table, as RabbitMQ reads and writes it (https://www.rabbitmq.com/docs/amqp-0-9-1-errata#section_3).
 *
 * Ours rather than amqplib's, because headers cross to the worker as the broker's own bytes: nothing is decoded unless a
 * consumer looks, and nothing is lost on the way (amqplib turns 64-bit integers into doubles).
 */

/** An AMQP decimal: `digits / 10 ** places`. */
export interface Decimal {
  readonly '!': 'decimal';
  /** `places` 0 to 255; `digits` signed, 32 bits. */
  readonly value: { readonly places: number; readonly digits: number };
}

/**
 * A value of a field table; integers beyond ±2^53 are `bigint`, timestamps `Date`, byte arrays and texts that are no UTF-8
 * `Buffer`. A timestamp before 1970, or beyond what a `Date` can hold, is its number of seconds.
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

/** A field table: names of at most 255 bytes, and values. An `undefined` value is left out. */
export interface FieldTable {
  readonly [key: string]: FieldValue | undefined;
}

/** Levels of tables and lists inside a table that are read and written: both are recursive, and RabbitMQ sets no limit. */
export const MAX_DEPTH = 256;
/** The last second that a `Date` can hold. */
export const MAX_DATE_SECONDS = 8_640_000_000_000;
