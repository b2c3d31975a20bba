import type { Logger } from 'pino';
import type { Amqp } from './amqp.js';
import type { Message } from './message.js';

/** `options:` of an entry, if nothing says more about them. */
export type Options = Readonly<Record<string, unknown>>;

/**
 * The constructor argument of a consumer: `new EmailConsumer(context)`. The type argument is the type of the options;
 * `static options` of the class makes the daemon check that they have it.
 */
export interface ConsumerContext<Given extends object = Options> {
  /** Logs to the daemon's stream, with `queue`, `consumer`, `instance` and `thread` on each line. */
  readonly logger: Logger;
  /** `options:` of this consumer's entry in the YAML file, with the defaults of `static options`; default `{}`. */
  readonly options: Readonly<Given>;
  /** The queue that this consumer reads. */
  readonly queue: string;
  /** Number of this instance, from 0 to `consumer_count` - 1. A replacement keeps the number. */
  readonly instance: number;
  /** Number of the worker thread, from 0. */
  readonly thread: number;
}

/**
 * A user's consumer class for an entry without `batch`. Each instance lives on one worker thread and handles one
 * message at a time. When `consume` returns without an answer, the message is acked. When it throws, the message fails
 * and follows the file's `retry`, and the instance is replaced; `Retry` and `Reject` decide about the message and keep
 * the instance.
 */
export interface Consumer {
  /** Called once per message; return a promise for asynchronous work. */
  consume(amqp: Amqp, message: Message): void | Promise<void>;
  /** Awaited before the instance goes: gets the error that `consume` threw, or `null` when the daemon stops. */
  shutdown?(exception: Error | null): void | Promise<void>;
}

/** What a consumer class may say of its options. */
export interface OptionsSchema {
  /** JSON Schema of `options:`. `--validate` and the start check them against it, and its defaults are filled in. */
  readonly options?: object;
}

/** A consumer class, with the type of its options. */
export interface ConsumerClass<Given extends object = Options> extends OptionsSchema {
  new (context: ConsumerContext<Given>): Consumer;
}

/** The argument of the startup handler, which runs in every worker thread before its first consumer is constructed. */
export interface StartupContext {
  /** Number of the worker thread, from 0. Thread 0's handler completes before the others begin. */
  readonly thread: number;
  /** Number of worker threads in the pool. */
  readonly threads: number;
  readonly logger: Logger;
}

/** `startup_handler:` of the YAML file. If it throws, the daemon stops with exit code 1. */
export type StartupHandler = (context: StartupContext) => void | Promise<void>;
