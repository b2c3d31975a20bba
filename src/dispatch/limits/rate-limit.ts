/** The limit holds after a rest, too. */
const BURST_SECONDS = 0.1;
const MS_PER_SECOND = 1000;
/** Timers may fire slightly early. */
const SHORTEST_WAIT_MS = 1;
/** A longer timer fires at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** A token bucket; it holds a tenth of a second's worth, at least one token. */
export class RateLimit {
  private readonly perMs: number;
  private readonly capacity: number;
  private readonly nowMs: () => number;
  private tokens: number;
  private filledAtMs: number;

  /** @param nowMs monotonic */
  constructor(perSecond: number, nowMs: () => number) {
    this.perMs = perSecond / MS_PER_SECOND;
    this.capacity = burstOf(perSecond);
    this.nowMs = nowMs;
    this.tokens = this.capacity;
    this.filledAtMs = nowMs();
  }

  take(): boolean {
    const now = this.nowMs();
    this.tokens = Math.min(this.capacity, this.tokens + (now - this.filledAtMs) * this.perMs);
    this.filledAtMs = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  get waitMs(): number {
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.ceil((1 - this.tokens) / this.perMs)));
  }
}

/** Messages that may begin at once after a rest. */
export function burstOf(perSecond: number): number {
  return Math.max(1, perSecond * BURST_SECONDS);
}
