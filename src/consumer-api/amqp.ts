import type { ErrorCode } from '../errors/index.js';
import type { Headers } from './message.js';

/**
 * What `publish` sends: bytes (a `Buffer`, typed array, `DataView` or `ArrayBuffer`), text (UTF-8), or any other value as JSON
 * with `contentType: application/json`. A `Promise`, `Map`, `Set`, `Blob` or stream, which JSON cannot show, is refused.
 */
export type Body = ArrayBufferView | ArrayBufferLike | string | object;

/** The AMQP properties of a published message; all optional. */
export interface PublishOptions {
  /** Reject with `PUBLISH_UNROUTABLE` when no queue took the message. Default false, as in AMQP. */
  readonly mandatory?: boolean;
  /** Keep the message on disk in durable queues. Default true. */
  readonly persistent?: boolean;
  /** The same in AMQP's terms, as in `message.properties`: 2 persistent, 1 not. */
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

/** `requeue` defaults to true: the message goes back to its queue; false: it is dead-lettered or dropped. */
export interface RequeueOptions {
  readonly requeue?: boolean;
}

/**
 * Why a delivery's signal aborts:
 *
 * - `DELIVERY_LOST`: its channel has gone; the broker delivers the message again, and answers are refused;
 * - `DELIVERY_TIMEOUT`: it runs for longer than `timeout.soft`; answers still count until `timeout.hard` ends the thread;
 * - `DELIVERY_STOPPED`: the daemon stops and waits no longer; answers still count until the thread is terminated.
 */
export type AbortCode = Extract<ErrorCode, 'DELIVERY_LOST' | 'DELIVERY_STOPPED' | 'DELIVERY_TIMEOUT'>;

/** The reason of an aborted signal; new codes may join, so handle the others as well. */
export interface AbortReason extends Error {
  readonly code: AbortCode;
}

/** The signal of one delivery: an `AbortSignal` for `fetch`, timers and whatever takes one. */
export interface DeliverySignal extends AbortSignal {
  /** Undefined until it aborts. */
  readonly reason: AbortReason | undefined;
}

/** The answers to one delivery, and publishing. Made anew for each message; never answers for another one. */
export interface Amqp {
  /** Tells the broker that the message is done. @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST` */
  ack(): Promise<void>;
  /** Gives the message back; does not count towards a quorum queue's delivery limit from RabbitMQ 4.3 on. */
  nack(options?: RequeueOptions): Promise<void>;
  /** Refuses the message; counts towards a quorum queue's delivery limit. */
  reject(options?: RequeueOptions): Promise<void>;
  /**
   * Publishes a message; resolves when the broker has confirmed it.
   * @throws `PUBLISH_INVALID`, `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `DELIVERY_LOST`
   */
  publish(exchange: string, routingKey: string, headers: Headers, body: Body, options?: PublishOptions): Promise<void>;
  /** True once an answer was given. */
  readonly hasResponded: boolean;
  /** Aborts when the work is in vain or must end; `signal.reason` says why. */
  readonly signal: DeliverySignal;
}
