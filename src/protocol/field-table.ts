/**
 * The AMQP field table, as RabbitMQ reads and writes it (https://www.rabbitmq.com/docs/amqp-0-9-1-errata#section_3).
 *
 * Ours rather than amqplib's, because headers cross to the worker as the broker's own bytes: nothing is decoded unless a
 * consumer looks, and nothing is lost on the way (amqplib turns 64-bit integers into doubles).
 */

/** An AMQP decimal: `digits / 10 ** places`. */
export interface Decimal {
  readonly '!': 'decimal';
  readonly value: { readonly places: number; readonly digits: number };
}

/** A value of a field table; integers beyond ±2^53 are `bigint`, timestamps `Date`, byte arrays `Buffer`. */
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
