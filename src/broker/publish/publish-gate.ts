import { DeliveryError } from '../../errors/index.js';
import { type Deferred, deferred } from '../../timing/index.js';

export interface PublishGateOptions {
  /** How long refusals may last. */
  readonly patienceMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/**
 * Makes publishes wait while the broker is down. A refusal, such as a limit of connections, may pass soon: a deploy
 * starts the new process before the old one has gone. If it lasts, the publishes fail.
 */
export class PublishGate {
  private readonly options: PublishGateOptions;
  private next = expected();
  private refusedSince: number | undefined;

  constructor(options: PublishGateOptions) {
    this.options = options;
  }

  /** @throws DeliveryError `PUBLISH_REFUSED` when the broker keeps refusing the connection */
  opened(): Promise<void> {
    return this.next.promise;
  }

  open(): void {
    this.next.resolve();
  }

  close(): void {
    this.next = expected();
  }

  accepted(): void {
    this.refusedSince = undefined;
  }

  /** Returns the error that rejects all waiting publishes, if the refusal lasts. */
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

function expected(): Deferred<void> {
  const opening = deferred();
  opening.promise.catch(() => undefined);
  return opening;
}
