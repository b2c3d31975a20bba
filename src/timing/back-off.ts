/** Limits of an exponential wait. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** For a broker that is down, or a thread that keeps dying. */
export const RETRY_LIMITS: BackOffLimits = { firstMs: 100, longestMs: 30_000 };

/**
 * Exponential back-off with full jitter from 1 ms on, so that daemons that lost their broker together do not return
 * together.
 */
export class BackOff {
  private readonly limits: BackOffLimits;
  private readonly random: () => number;
  private attempts = 0;

  constructor(limits: BackOffLimits, random: () => number) {
    this.limits = limits;
    this.random = random;
  }

  nextMs(): number {
    const bound = Math.min(this.limits.longestMs, this.limits.firstMs * 2 ** this.attempts);
    this.attempts++;
    // The log leaves out a wait of 0 ms.
    return Math.max(1, Math.round(bound * this.random()));
  }

  reset(): void {
    this.attempts = 0;
  }
}
