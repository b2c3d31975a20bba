import { Histogram } from './histogram.js';

const EVERY_MS = 100;
const BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Measures how late the timers of the main thread are: heartbeats, confirms and scrapes wait as long. */
export class LoopDelay {
  readonly delay = new Histogram(BOUNDS);
  private readonly nowMs: () => number;
  private timer: NodeJS.Timeout | undefined;

  /** @param nowMs monotonic */
  constructor(nowMs: () => number = () => performance.now()) {
    this.nowMs = nowMs;
  }

  start(): void {
    let dueMs = this.nowMs() + EVERY_MS;
    this.timer = setInterval(() => {
      const now = this.nowMs();
      this.delay.observe(Math.max(0, now - dueMs) / 1_000);
      dueMs = now + EVERY_MS;
    }, EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
