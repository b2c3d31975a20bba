import { BackOff, RETRY_LIMITS } from '../../timing/index.js';

/** After so long without a death there is no crash loop. */
const HEALTHY_MS = 10_000;

/** Paces the replacements of a dead thread. */
export class ReplacementPace {
  private readonly backOff: BackOff;
  private hasDied = false;
  private servesSinceMs = 0;
  private isLoop = false;

  /** @param random from 0 to 1, exclusive */
  constructor(random: () => number) {
    this.backOff = new BackOff(RETRY_LIMITS, random);
  }

  /** Not called for a recycled thread, whose successor proves nothing. */
  serves(nowMs: number): void {
    this.servesSinceMs = nowMs;
  }

  died(nowMs: number): void {
    this.isLoop = this.hasDied && nowMs - this.servesSinceMs < HEALTHY_MS;
    this.hasDied = true;
    if (!this.isLoop) this.backOff.reset();
  }

  /** At once: one bad message should not cost a wait. */
  firstMs(): number {
    return this.isLoop ? this.nextMs() : 0;
  }

  nextMs(): number {
    return this.backOff.nextMs();
  }
}
