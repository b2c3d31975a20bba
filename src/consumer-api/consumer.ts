import type { Logger } from 'pino';
import type { Amqp } from './amqp.js';
import type { Message } from './message.js';
import type { ConsumerMetrics } from './metrics.js';

/** `options:` of an entry, if nothing says more about them. */
export type Options = Readonly<Record<string, unknown>>;

/**
 * The resources that a startup handler returns: `Resources<typeof startup>`. Without a type argument, if nothing says
 * more about them.
 */
export type Resources<Handler extends (context: StartupContext) => unknown = () => Record<string, unknown>> = Readonly<
  NoneIfNever<Extract<Awaited<ReturnType<Handler>>, object>>
>;

type NoneIfNever<Made extends object> = [Made] extends [never] ? Record<string, never> : Made;

/**
 * The constructor argument of a consumer: `new EmailConsumer(context)`. The type arguments are the types of the options
 * and of the resources; `static options` of the class makes the daemon check that the options have theirs.
 */
export interface ConsumerContext<Given extends object = Options, Shared extends object = Resources> {
  /** Logs to the daemon's stream, with `queue`, `consumer`, `instance` and `thread` on each line. */
  readonly logger: Logger;
  /** Metrics of your own: counters, gauges and histograms, added up over all threads. */
  readonly metrics: ConsumerMetrics;
  /** `options:` of this consumer's entry in the YAML file, with the defaults of `static options`; default `{}`. */
  readonly options: Readonly<Given>;
  /** The object that the startup handler returned in this thread, the same for all its instances; default `{}`. */
  readonly resources: Readonly<Shared>;
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

/** A consumer class, with the types of its options and resources. */
export interface ConsumerClass<Given extends object = Options, Shared extends object = Resources>
  extends OptionsSchema {
  new (context: ConsumerContext<Given, Shared>): Consumer;
}

/** The argument of the startup handler, which runs in every worker thread before its first consumer is constructed. */
export interface StartupContext {
  /** Number of the worker thread, from 0. Thread 0's handler completes before the others begin. */
  readonly thread: number;
  /** Number of worker threads in the pool. */
  readonly threads: number;
  readonly logger: Logger;
}

/**
 * `startup_handler:` of the YAML file. Returns an object, which consumers get as `context.resources`, or nothing. If it
 * throws or returns anything else, the daemon stops with exit code 1.
 */
export type StartupHandler<Shared extends object = object> = (
  context: StartupContext,
) => Shared | void | Promise<Shared | void>;

/**
 * The export `shutdown` of the startup handler's module: undoes the handler. Awaited when the thread ends in order, after
 * `shutdown` of its instances; not when it dies or is terminated. If it throws, the error is logged.
 */
export type ShutdownHandler<Shared extends object = Resources> = (
  resources: Readonly<Shared>,
  context: StartupContext,
) => void | Promise<void>;
