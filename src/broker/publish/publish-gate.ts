import { DeliveryError } from '../../errors/index.js';
import { type Deferred, deferred } from '../../timing/index.js';

export interface PublishGateOptions {
  /** How long refusals are waited out. */
  readonly patienceMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

/**
 * Where publishes wait for their connection: without end while the broker is away. A refusal, such as a limit of connections or
 * channels, may pass within moments, as when a deploy starts the new process before the old one has gone. When it lasts they
 * fail, with the broker's words, and may be tried again.
 */
export class PublishGate {
  private readonly options: PublishGateOptions;
  private next = expected();
  private refusedSince: number | undefined;

  constructor(options: PublishGateOptions) {
    this.options = options;
  }

  /** Resolves while the connection stands. @throws DeliveryError `PUBLISH_REFUSED` when the broker keeps refusing it */
  opened(): Promise<void> {
    return this.next.promise;
  }

  open(): void {
    this.next.resolve();
  }

  close(): void {
    this.next = expected();
  }

  /** The broker gave a channel: no refusal lasts any more. */
  accepted(): void {
    this.refusedSince = undefined;
  }

  /** The broker refused the connection or a channel; returns the error that all who wait have failed with, if it lasts. */
  refused(reason: string): DeliveryError | undefined {
    const { patienceMs, nowMs } = this.options;
    this.refusedSince ??= nowMs();
    if (nowMs() - this.refusedSince < patienceMs) return undefined;
    const error = new DeliveryError('PUBLISH_REFUSED', `the broker refuses the publish connection: ${reason}`);
    const waiting = this.next;
    this.close();
    waiting.reject(error);
    return error;
  }
}

/** A promise that may be rejected with nobody there. */
function expected(): Deferred<void> {
  const opening = deferred();
  opening.promise.catch(() => undefined);
  return opening;
}
