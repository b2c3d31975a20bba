import type { Amqp, RequeueOptions } from './amqp.js';
import type { ConsumerContext, Options, OptionsSchema, Resources } from './consumer.js';
import type { Message } from './message.js';

/**
 * Answers a batch, and publishes. Each message takes one answer; an answer without a message covers all that have none
 * yet. Each batch gets its own.
 */
export interface BatchAmqp extends Pick<Amqp, 'publish' | 'signal'> {
  /**
   * Acknowledges one message, or all that have no answer yet.
   * @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST`, `DELIVERY_NOT_IN_BATCH`
   */
  ack(message?: Message): Promise<void>;
  /**
   * Returns all messages without an answer; from RabbitMQ 4.3 on this does not count towards a quorum queue's delivery
   * limit.
   */
  nack(options?: RequeueOptions): Promise<void>;
  /** Returns one message. */
  nack(message: Message, options?: RequeueOptions): Promise<void>;
  /** Refuses all messages without an answer; counts towards a quorum queue's delivery limit. */
  reject(options?: RequeueOptions): Promise<void>;
  /** Refuses one message. */
  reject(message: Message, options?: RequeueOptions): Promise<void>;
  /**
   * Fails one message as if `consume` had thrown the error for it alone: it follows the file's `retry`, or the `Retry`
   * or `Reject` given. The other messages and the instance go on.
   * @throws `DELIVERY_ALREADY_SETTLED`, `DELIVERY_LOST`, `DELIVERY_NOT_IN_BATCH`
   */
  fail(message: Message, error: Error): Promise<void>;
  /** True when every message has an answer. */
  readonly hasResponded: boolean;
  /** True when this message has an answer; false for a message of another batch. */
  hasRespondedTo(message: Message): boolean;
}

/**
 * A user's consumer class for an entry with `batch`. When `consume` returns, every message without an answer is acked.
 * When it throws, every message without an answer fails and follows the file's `retry`, and the instance is replaced;
 * `Retry` and `Reject` decide about these messages and keep the instance.
 */
export interface BatchConsumer {
  /** Called with 1 to `batch.size` messages in order of arrival. */
  consume(amqp: BatchAmqp, messages: readonly Message[]): void | Promise<void>;
  /** Awaited before the instance goes: gets the error that `consume` threw, or `null` when the daemon stops. */
  shutdown?(exception: Error | null): void | Promise<void>;
}

/** A batch consumer class, with the types of its options and resources. */
export interface BatchConsumerClass<Given extends object = Options, Shared extends object = Resources>
  extends OptionsSchema {
  new (context: ConsumerContext<Given, Shared>): BatchConsumer;
}
