const SHOWN_AFTER_MS = 500;
const REDRAWN_EVERY_MS = 100;
const BAR_WIDTH = 30;
const CLEAR_LINE = '\r\u001b[K';

export interface ProgressBarOptions {
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  /** The verb in front of the bar, such as `replaying`. */
  readonly what: string;
  readonly total: number;
  readonly nowMs: () => number;
}

/** Shows the progress of long work on a terminal, and nothing anywhere else. */
export class ProgressBar {
  private readonly options: ProgressBarOptions;
  private readonly startedAt: number;
  private drawnAt: number | undefined;

  constructor(options: ProgressBarOptions) {
    this.options = options;
    this.startedAt = options.nowMs();
  }

  update(done: number): void {
    const { stream, what, total, nowMs } = this.options;
    const now = nowMs();
    if (stream.isTTY !== true || now - this.startedAt < SHOWN_AFTER_MS) return;
    if (this.drawnAt !== undefined && now - this.drawnAt < REDRAWN_EVERY_MS) return;
    this.drawnAt = now;
    const part = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.round(part * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    stream.write(`${CLEAR_LINE}${what} ${bar} ${done} of ${total} (${Math.floor(part * 100)} %)`);
  }

  clear(): void {
    if (this.drawnAt !== undefined) this.options.stream.write(CLEAR_LINE);
    this.drawnAt = undefined;
  }
}
