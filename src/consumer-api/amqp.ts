import type { ErrorCode } from '../errors/index.js';
import type { Headers } from './message.js';

/**
 * What `publish` sends: bytes (`Buffer`, typed array, `DataView` or `ArrayBuffer`), text (UTF-8), or any other value as
 * JSON with `contentType: application/json`. Rejects a `Promise`, `Map`, `Set`, `Blob` or stream, which JSON cannot
 * represent.
 */
export type Body = ArrayBufferView | ArrayBufferLike | string | object;

/** The AMQP properties of a published message; all optional. */
export interface PublishOptions {
  /** Reject with `PUBLISH_UNROUTABLE` when no queue takes the message. Default false, as in AMQP. */
  readonly mandatory?: boolean;
  /** Keep the message on disk in durable queues. Default true. */
  readonly persistent?: boolean;
  /** The same as a number, as in `message.properties`: 2 persistent, 1 transient. */
  readonly deliveryMode?: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Milliseconds until the message expires. */
  readonly expiration?: number | string;
  readonly messageId?: string;
  /** Sent as whole seconds. */
  readonly timestamp?: Date;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

/** `requeue` true, the default: the message returns to its queue; false: it is dead-lettered or dropped. */
export interface RequeueOptions {
  readonly requeue?: boolean;
}

/**
 * Why a delivery's signal aborts:
 *
 * - `DELIVERY_LOST`: its channel closed; the broker redelivers the message, and answers are refused;
 * - `DELIVERY_ABORTED`: an operator aborted it; answers count;
 * - `DELIVERY_TIMEOUT`: it has run longer than `timeout.soft`; answers count until `timeout.hard` ends the thread;
 * - `DELIVERY_STOPPED`: the daemon stops and no longer waits; answers count until the thread is terminated.
 */
export type AbortCode = Extract<
  ErrorCode,
  'DELIVERY_LOST' | 'DELIVERY_STOPPED' | 'DELIVERY_TIMEOUT' | 'DELIVERY_ABORTED'
>;

/** The reason of an aborted signal; handle unknown codes too, because more may come. */
export interface AbortReason extends Error {
  readonly code: AbortCode;
}

/** The signal of one delivery; pass it to `fetch`, timers or anything else that takes an `AbortSignal`. */
export interface DeliverySignal extends AbortSignal {
  /** Undefined until the signal aborts. */
  readonly reason: AbortReason | undefined;
}

/** Answers one delivery, and publishes. Each message gets its own. */
export interface Amqp {
  /** Acknowledges the message. @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST` */
  ack(): Promise<void>;
  /** Returns the message; from RabbitMQ 4.3 on this does not count towards a quorum queue's delivery limit. */
  nack(options?: RequeueOptions): Promise<void>;
  /** Refuses the message; counts towards a quorum queue's delivery limit. */
  reject(options?: RequeueOptions): Promise<void>;
  /**
   * Publishes a message; resolves when the broker has confirmed it.
   * @throws `PUBLISH_INVALID`, `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `DELIVERY_LOST`
   */
  publish(exchange: string, routingKey: string, headers: Headers, body: Body, options?: PublishOptions): Promise<void>;
  /** True after the first answer. */
  readonly hasResponded: boolean;
  /** Aborts when the work is pointless or must end; `signal.reason` says why. */
  readonly signal: DeliverySignal;
}
