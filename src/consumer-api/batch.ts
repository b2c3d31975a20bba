import type { Amqp, RequeueOptions } from './amqp.js';
import type { ConsumerContext } from './consumer.js';
import type { Message } from './message.js';

/**
 * The answers to a batch, and publishing. Each message has one answer; an answer without a message is for all that have none
 * yet. Made anew for each batch.
 */
export interface BatchAmqp extends Pick<Amqp, 'publish' | 'signal'> {
  /**
   * Tells the broker that one message is done, or all that have no answer yet.
   * @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST`, `DELIVERY_NOT_IN_BATCH`
   */
  ack(message?: Message): Promise<void>;
  /** Gives back all that have no answer yet; does not count towards a quorum queue's delivery limit from RabbitMQ 4.3 on. */
  nack(options?: RequeueOptions): Promise<void>;
  /** Gives one message back. */
  nack(message: Message, options?: RequeueOptions): Promise<void>;
  /** Refuses all that have no answer yet; counts towards a quorum queue's delivery limit. */
  reject(options?: RequeueOptions): Promise<void>;
  /** Refuses one message. */
  reject(message: Message, options?: RequeueOptions): Promise<void>;
  /**
   * Fails one message as if `consume` had thrown this for it alone: it is tried again as the file's `retry` says, or as `Retry`
   * or `Reject` ask for. The others and the instance go on.
   * @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST`, `DELIVERY_NOT_IN_BATCH`
   */
  fail(message: Message, error: Error): Promise<void>;
  /** True once every message has its answer. */
  readonly hasResponded: boolean;
  /** True once this message has its answer; false for one of another batch. */
  hasRespondedTo(message: Message): boolean;
}

/**
 * A user's consumer class for an entry with `batch`. Returning from `consume` acks what has no answer. Throwing fails each
 * message that has none, which is tried again as the file's `retry` says, and replaces the instance; throwing `Retry` or
 * `Reject` decides about these messages and keeps the instance.
 */
export interface BatchConsumer {
  /** Called with 1 to `batch.size` messages, in the order in which they came. */
  consume(amqp: BatchAmqp, messages: readonly Message[]): void | Promise<void>;
  /** Called before the instance goes: with the error that `consume` threw, or `null` when the daemon stops. Awaited. */
  shutdown?(exception: Error | null): void | Promise<void>;
}

/** The shape of a batch consumer class. */
export type BatchConsumerClass = new (context: ConsumerContext) => BatchConsumer;
