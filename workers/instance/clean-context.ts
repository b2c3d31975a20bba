import { AsyncResource } from 'node:async_hooks';

/**
 * Calls user code in the context of the session's start, so that `AsyncLocalStorage.enterWith` reaches no other
 * message. Before Node.js 24 it writes into the resource, so each call makes the next one's, while its own is clean
 * (about 50 ns); `AsyncLocalStorage.snapshot()` would share one.
 */
export class CleanContext {
  private next = cleanResource();

  run<Result>(call: () => Result): Result {
    return this.next.runInAsyncScope(() => {
      this.next = cleanResource();
      return call();
    });
  }
}

function cleanResource(): AsyncResource {
  // Otherwise each resource is registered with the garbage collector.
  return new AsyncResource('amqp-dispatcher', { requireManualDestroy: true });
}
