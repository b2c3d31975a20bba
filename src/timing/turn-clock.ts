/** Reads the time once per event-loop callback: reading it per message cost 2 % of the main thread's time. */
export class TurnClock {
  private ms = 0;
  private isRead = false;

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
