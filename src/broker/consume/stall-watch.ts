const GRACE_MS = 1_000;
const LONGEST_LIMIT_MS = 3_600_000;

export interface StallWatchOptions {
  readonly limitMs: number;
  readonly wantsDeliveries: () => boolean;
  readonly countReady: () => Promise<number>;
  readonly onStall: (ready: number) => void;
}

/**
 * Notices a subscription that delivers nothing: the broker missed an answer, a proxy dropped a frame, or a queue forgot
 * its consumer. Some queues have a reason (a single active consumer elsewhere, a higher priority), so the limit doubles
 * when a new subscription changed nothing.
 *
 *     watching ── no delivery within the limit, a slot is free, messages are ready ──▶ grace
 *     grace ── still no delivery ──▶ stall, watching
 */
export class StallWatch {
  private readonly options: StallWatchOptions;
  private limitMs: number;
  private heard = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: StallWatchOptions) {
    this.options = options;
    this.limitMs = options.limitMs;
  }

  start(): void {
    this.stop();
    this.arm();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  hear(): void {
    this.heard = true;
    this.limitMs = this.options.limitMs;
  }

  private arm(): void {
    this.heard = false;
    this.timer = setTimeout(() => void this.look(), this.limitMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const { timer } = this;
    const { wantsDeliveries, countReady, onStall } = this.options;
    if (this.heard || !wantsDeliveries()) return this.arm();
    const ready = await countReady().catch(() => 0);
    if (this.timer !== timer) return;
    if (ready === 0) return this.arm();
    this.timer = setTimeout(
      () => {
        if (this.heard || !wantsDeliveries()) return this.arm();
        this.limitMs = Math.min(LONGEST_LIMIT_MS, this.limitMs * 2);
        onStall(ready);
      },
      Math.min(GRACE_MS, this.options.limitMs),
    );
    this.timer.unref();
  }
}
