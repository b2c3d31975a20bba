/** How long messages that were just counted may take to arrive. */
const GRACE_MS = 1_000;
const LONGEST_LIMIT_MS = 3_600_000;

export interface StallWatchOptions {
  /** Nothing may come for this long while messages wait and could be taken. */
  readonly limitMs: number;
  /** True while a message could be taken and begun at once. */
  readonly wantsDeliveries: () => boolean;
  /** Messages that wait in the queue. */
  readonly countReady: () => Promise<number>;
  /** Called when the subscription stands still. */
  readonly onStall: (ready: number) => void;
}

/**
 * Notices a subscription that stands and brings nothing: the broker counts an answer as missing that was given, a proxy
 * swallowed a frame, a queue forgot its consumer. Some queues have a reason to give us nothing (a single active consumer
 * elsewhere, a higher priority): so the limit doubles each time that a new subscription has changed nothing.
 *
 *     watching ── limit passed in silence, hungry, messages ready ──▶ grace ── still silent ──▶ stall, watching
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

  /** Begins to watch, or begins again after a stall. */
  start(): void {
    this.stop();
    this.arm();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** A delivery came. */
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
    // No answer is no news: the connection is going, or the queue has gone.
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
