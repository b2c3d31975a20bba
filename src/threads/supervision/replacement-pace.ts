import { BackOff, RETRY_LIMITS } from '../../timing/index.js';

/** After so long without a death there is no crash loop. */
const HEALTHY_MS = 10_000;

/** How long to wait before a dead thread is replaced: not at all, unless one death follows another. */
export class ReplacementPace {
  private readonly backOff: BackOff;
  private hasDied = false;
  /** In milliseconds. */
  private servesSinceMs = 0;
  private isLoop = false;

  /** @param random from 0 to 1, exclusive */
  constructor(random: () => number) {
    this.backOff = new BackOff(RETRY_LIMITS, random);
  }

  /** A thread serves after the start, or in place of a dead one; a successor that was ready before its time begins nothing anew. */
  serves(nowMs: number): void {
    this.servesSinceMs = nowMs;
  }

  died(nowMs: number): void {
    this.isLoop = this.hasDied && nowMs - this.servesSinceMs < HEALTHY_MS;
    this.hasDied = true;
    if (!this.isLoop) this.backOff.reset();
  }

  /** The first replacement comes at once: one bad message should not cost a wait. */
  firstMs(): number {
    return this.isLoop ? this.nextMs() : 0;
  }

  nextMs(): number {
    return this.backOff.nextMs();
  }
}
