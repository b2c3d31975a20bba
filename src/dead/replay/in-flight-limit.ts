import { deferred } from '../../timing/index.js';

/** How much may be in flight at once. */
export interface InFlightLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Counts messages that wait for their confirm and delays the next one when there are too many. */
export class InFlightLimit {
  private readonly limits: InFlightLimits;
  private isAbandoned = false;
  private messages = 0;
  private bytes = 0;
  private changed = deferred();

  constructor(limits: InFlightLimits) {
    this.limits = limits;
  }

  get size(): number {
    return this.messages;
  }

  /** Resolves when one more may be sent, which then counts until `release`. Resolves at once after `abandon`. */
  async acquire(bytes: number): Promise<void> {
    while (!this.isAbandoned && this.isFull(bytes)) await this.changed.promise;
    this.messages++;
    this.bytes += bytes;
  }

  release(bytes: number): void {
    this.messages--;
    this.bytes -= bytes;
    this.notify();
  }

  /** Resolves when nothing is in flight, or after `abandon`. */
  async drained(): Promise<void> {
    while (!this.isAbandoned && this.messages > 0) await this.changed.promise;
  }

  abandon(): void {
    this.isAbandoned = true;
    this.notify();
  }

  private isFull(bytes: number): boolean {
    // A message larger than the whole limit goes alone.
    if (this.messages === 0) return false;
    return this.messages >= this.limits.messages || this.bytes + bytes > this.limits.bytes;
  }

  private notify(): void {
    const { changed } = this;
    this.changed = deferred();
    changed.resolve();
  }
}
