/** When the main thread terminates the thread. A stop of the daemon brings the time of a recycling forward. */
export class StopDeadline {
  private at = Number.POSITIVE_INFINITY;
  private readonly timers = new Set<() => void>();

  /** @param withinMs milliseconds from now; a later time than the known one is ignored */
  bring(withinMs: number): void {
    const at = performance.now() + withinMs;
    if (at >= this.at) return;
    this.at = at;
    for (const arm of this.timers) arm();
  }

  get leftMs(): number {
    return this.at - performance.now();
  }

  /**
   * Resolves with the work, or after `mostMs`, or at the deadline if that is earlier.
   * @param work never rejects
   * @param onOver called with the time that the work had, if it has not ended
   */
  async within(mostMs: number, work: Promise<void>, onOver: (allowedMs: number) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.limit(mostMs, (allowedMs) => {
        onOver(allowedMs);
        resolve();
      });
      const done = async (): Promise<void> => {
        await work;
        cancel();
        resolve();
      };
      void done();
    });
  }

  private limit(mostMs: number, onOver: (allowedMs: number) => void): () => void {
    const startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      clearTimeout(timer);
      this.timers.delete(arm);
    };
    const arm = (): void => {
      clearTimeout(timer);
      const allowedMs = Math.max(1, Math.round(Math.min(mostMs, this.at - startedAt)));
      timer = setTimeout(
        () => {
          cancel();
          onOver(allowedMs);
        },
        startedAt + allowedMs - performance.now(),
      );
    };
    this.timers.add(arm);
    arm();
    return cancel;
  }
}
