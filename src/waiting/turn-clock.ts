/**
 * A clock that stands still while one callback runs: a look at the real one for each message, in and out, was 2 % of what
 * the main thread does for it.
 */
export class TurnClock {
  private ms = 0;
  private isRead = false;

  /** Milliseconds that only go forward, since the process began. */
  nowMs(): number {
    if (this.isRead) return this.ms;
    this.isRead = true;
    this.ms = performance.now();
    queueMicrotask(() => {
      this.isRead = false;
    });
    return this.ms;
  }
}
