import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';

/**
 * Calls user code in the context of the session's start, so that `AsyncLocalStorage.enterWith` reaches no other
 * message. Before Node.js 24 it writes into the resource, so each call makes the next one's, while its own is clean
 * (about 50 ns); `AsyncLocalStorage.snapshot()` would share one.
 *
 * Knows the logger of the code that runs, for its console. It follows promises only after the first question, because
 * that costs 0.5 microseconds a message on Node.js 20.
 */
export class CleanContext {
  private next = cleanResource();
  private readonly loggers = new AsyncLocalStorage<Logger>();
  private caller: Logger | undefined;
  private followsSince = Number.POSITIVE_INFINITY;

  /** @param logger of the code; absent: it has none */
  run<Result>(call: () => Result, logger?: Logger): Result {
    return this.next.runInAsyncScope(() => {
      this.next = cleanResource();
      const before = this.caller;
      this.caller = logger;
      try {
        return logger === undefined || !this.follows ? call() : this.loggers.run(logger, call);
      } finally {
        this.caller = before;
      }
    });
  }

  /** Returns the logger of the code that runs; undefined: unknown. */
  logger(): Logger | undefined {
    if (!this.follows) this.followsSince = performance.now();
    return this.caller ?? this.loggers.getStore();
  }

  /** By `performance.now()`: the promises of code that began earlier are not followed. */
  get followsSinceMs(): number {
    return this.followsSince;
  }

  private get follows(): boolean {
    return this.followsSince !== Number.POSITIVE_INFINITY;
  }
}

function cleanResource(): AsyncResource {
  // Otherwise each resource is registered with the garbage collector.
  return new AsyncResource('amqp-dispatcher', { requireManualDestroy: true });
}
