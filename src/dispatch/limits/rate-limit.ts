/** What may be saved up while nothing is to do, as a part of a second's worth: a limit is a limit also after a rest. */
const BURST_SECONDS = 0.1;
const MS_PER_SECOND = 1000;
/** A timer may be a little early. */
const SHORTEST_WAIT_MS = 1;
/** A longer timer fires at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * A token bucket: one token for each message that may begin. It fills at the rate of the limit, and holds a tenth of a second's
 * worth, at least one.
 */
export class RateLimit {
  private readonly perMs: number;
  private readonly capacity: number;
  private readonly nowMs: () => number;
  private tokens: number;
  private filledAtMs: number;

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor(perSecond: number, nowMs: () => number) {
    this.perMs = perSecond / MS_PER_SECOND;
    this.capacity = burstOf(perSecond);
    this.nowMs = nowMs;
    this.tokens = this.capacity;
    this.filledAtMs = nowMs();
  }

  /** Takes a token, if there is one. */
  take(): boolean {
    const now = this.nowMs();
    this.tokens = Math.min(this.capacity, this.tokens + (now - this.filledAtMs) * this.perMs);
    this.filledAtMs = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  /** How long until there is a token again, in milliseconds. */
  get waitMs(): number {
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.ceil((1 - this.tokens) / this.perMs)));
  }
}

/** Messages that may begin at once after a rest. */
export function burstOf(perSecond: number): number {
  return Math.max(1, perSecond * BURST_SECONDS);
}
