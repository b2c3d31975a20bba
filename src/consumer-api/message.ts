import type { Decimal, FieldTable, FieldValue } from '../amqp/fields/field-table.js';

/**
 * A header value. Received integers beyond ±2^53 are `bigint`, timestamps are `Date` (whole seconds) and byte arrays
 * are `Buffer`. `publish` takes all of these, so you can pass headers on.
 */
export type HeaderValue = FieldValue;

/** The headers of a message: an AMQP field table. */
export type Headers = FieldTable;

export type { Decimal };

/** The AMQP basic properties except headers; only those that the publisher set are present. */
export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Milliseconds, as the decimal text that AMQP carries. */
  readonly expiration?: string;
  readonly messageId?: string;
  /** Whole seconds, as AMQP carries it. */
  readonly timestamp?: Date;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

/** The fields of `basic.deliver`. */
export interface DeliveryInfo {
  readonly consumerTag: string;
  /** Counts deliveries on one channel, from 1; other channels use the same numbers. */
  readonly deliveryTag: number;
  /** True when the broker has delivered this message before. */
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

/** One message, as a consumer sees it. */
export interface Message {
  /** The bytes as sent, never decoded. Shares memory with its batch: copy it if you keep it long. */
  readonly body: Buffer;
  /**
   * The body as text, in the charset of `content_type` or `content_encoding`, by default UTF-8.
   * @throws code `MESSAGE_UNDECODABLE` when the bytes are not valid in that charset
   */
  text(): string;
  /**
   * The body parsed as JSON; with `decode` in the file, the checked value, the same object on each call.
   * @throws code `MESSAGE_UNDECODABLE` when the body is not JSON
   */
  json<T = unknown>(): T;
  readonly headers: Headers;
  readonly properties: Properties;
  readonly deliveryInfo: DeliveryInfo;
  /**
   * The number of this attempt, from 1: one more than the failed deliveries counted in the message's headers. Without
   * `retry` in the file, a message returns to its queue unchanged and is not counted.
   */
  readonly attempt: number;
}
