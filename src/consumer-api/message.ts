import type { Decimal, FieldTable, FieldValue } from '../amqp/fields/field-table.js';

/**
 * A value of a header. As received: integers beyond ±2^53 are `bigint`, timestamps are `Date` (whole seconds), byte
 * arrays are `Buffer`. All of these can be published in the same form, so headers can be passed on.
 */
export type HeaderValue = FieldValue;

/** The headers of a message: one AMQP field table. */
export type Headers = FieldTable;

export type { Decimal };

/** The AMQP basic properties of a message, headers apart; only those that the publisher set are present. */
export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Milliseconds, as the decimal string that AMQP carries. */
  readonly expiration?: string;
  readonly messageId?: string;
  /** Whole seconds, as AMQP carries it. */
  readonly timestamp?: Date;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

/** Where a delivery came from, in the words of `basic.deliver`. */
export interface DeliveryInfo {
  readonly consumerTag: string;
  /** Counts deliveries on one channel, from 1; two channels use the same numbers. */
  readonly deliveryTag: number;
  /** True when the broker has handed this message to a consumer before. */
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

/** One message, as a consumer sees it. */
export interface Message {
  /** The bytes as they were sent; never decoded behind the user's back. Shares memory with its batch: copy it to keep it long. */
  readonly body: Buffer;
  /**
   * The body as text: the charset of `content_type` or `content_encoding`, else UTF-8.
   * @throws code `MESSAGE_UNDECODABLE` when the bytes are not valid in that charset.
   */
  text(): string;
  /**
   * The body parsed as JSON; with `decode` in the file the value that was checked, the same one each time.
   * @throws code `MESSAGE_UNDECODABLE` when it is not JSON.
   */
  json<T = unknown>(): T;
  readonly headers: Headers;
  readonly properties: Properties;
  readonly deliveryInfo: DeliveryInfo;
  /**
   * Which attempt this is, from 1: one more than the failed deliveries of this message that were counted in its headers. A
   * message that goes back to its queue as it is (no `retry` in the file) is not counted.
   */
  readonly attempt: number;
}
