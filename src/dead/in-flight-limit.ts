import { deferred } from '../waiting/index.js';

/** What may be on its way to the broker at a time. */
export interface InFlightLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Counts messages that wait for their confirm, and holds back the next one while there are too many. */
export class InFlightLimit {
  private readonly limits: InFlightLimits;
  private isAbandoned = false;
  private messages = 0;
  private bytes = 0;
  private changed = deferred();

  constructor(limits: InFlightLimits) {
    this.limits = limits;
  }

  /** How many are in the air. */
  get size(): number {
    return this.messages;
  }

  /** Resolves when there is room for one more; it is in the air then, until `land`. At once when abandoned. */
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

  /** Resolves when nothing is in the air, or when it is abandoned. */
  async drained(): Promise<void> {
    while (!this.isAbandoned && this.messages > 0) await this.changed.promise;
  }

  /** Nobody waits for what is in the air any more. */
  abandon(): void {
    this.isAbandoned = true;
    this.notify();
  }

  private isFull(bytes: number): boolean {
    // One that is larger than all of the room goes alone.
    if (this.messages === 0) return false;
    return this.messages >= this.limits.messages || this.bytes + bytes > this.limits.bytes;
  }

  private notify(): void {
    const { changed } = this;
    this.changed = deferred();
    changed.resolve();
  }
}
