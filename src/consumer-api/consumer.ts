import type { Logger } from 'pino';
import type { Amqp } from './amqp.js';
import type { Message } from './message.js';

/** What a consumer instance is constructed with: `new EmailConsumer(context)`. */
export interface ConsumerContext {
  /** Logs to the daemon's own stream, with `queue`, `consumer`, `instance` and `thread` on each line. */
  readonly logger: Logger;
  /** The `options:` of this consumer's entry in the YAML file; `{}` when absent. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The queue that this consumer reads. */
  readonly queue: string;
  /** Number of this instance among the `consumer_count` of its entry, from 0. A replacement keeps the number. */
  readonly instance: number;
  /** Number of the worker thread, from 0. */
  readonly thread: number;
}

/**
 * A user's consumer class, for an entry without `batch`. Each instance lives on one worker thread and handles one message at a time.
 * Returning from `consume` without an answer acks. Throwing fails the message, which is tried again as the file's `retry`
 * says, and replaces the instance; throwing `Retry` or `Reject` decides about the message and keeps the instance.
 */
export interface Consumer {
  /** Called once for each message; return a promise for asynchronous work. */
  consume(amqp: Amqp, message: Message): void | Promise<void>;
  /** Called before the instance goes: with the error that `consume` threw, or `null` when the daemon stops. Awaited. */
  shutdown?(exception: Error | null): void | Promise<void>;
}

/** The shape of a consumer class. */
export type ConsumerClass = new (context: ConsumerContext) => Consumer;

/** What the startup handler is called with, in every worker thread before that thread's first consumer is made. */
export interface StartupContext {
  /** Number of the worker thread, from 0. Thread 0's handler completes before the others begin. */
  readonly thread: number;
  /** How many worker threads the pool has. */
  readonly threads: number;
  readonly logger: Logger;
}

/** `startup_handler:` of the YAML file. A throw stops the daemon with exit code 1. */
export type StartupHandler = (context: StartupContext) => void | Promise<void>;
