import type { DeliverySignal } from '../../src/consumer-api/index.js';
import type { DispatcherError } from '../../src/errors/index.js';

/** Made on first access: most consumers never use it. */
export class LazySignal {
  private controller: AbortController | undefined;
  private reason: DispatcherError | undefined;

  get signal(): DeliverySignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  abort(reason: DispatcherError): void {
    this.reason ??= reason;
    this.controller?.abort(reason);
  }
}
