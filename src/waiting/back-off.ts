/** Limits of a growing wait. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** 0.1 s up to 30 s: for a broker that is away, a thread that dies again and again. */
export const RETRY_LIMITS: BackOffLimits = { firstMs: 100, longestMs: 30_000 };

/**
 * Exponential back-off with full jitter: any wait from 1 ms up to the exponential bound, so that a fleet that lost
 * its broker at one moment does not come back at one moment.
 */
export class BackOff {
  private readonly limits: BackOffLimits;
  private readonly random: () => number;
  private attempts = 0;

  constructor(limits: BackOffLimits, random: () => number) {
    this.limits = limits;
    this.random = random;
  }

  /** Milliseconds to wait before the next attempt, at least 1. */
  nextMs(): number {
    const bound = Math.min(this.limits.longestMs, this.limits.firstMs * 2 ** this.attempts);
    this.attempts++;
    // Never 0, which stands for no wait at all and is left out of the log: one attempt in 200 would go untold.
    return Math.max(1, Math.round(bound * this.random()));
  }

  /** The attempt worked: begin again with a short wait. */
  reset(): void {
    this.attempts = 0;
  }
}
