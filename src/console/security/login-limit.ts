const PERIOD_MS = 60_000;
const MOST_PER_ADDRESS = 5;
/** Bounds the addresses in memory, too. */
const MOST_TOGETHER = 60;

interface Period {
  readonly endsAtMs: number;
  failures: number;
}

/** Limits failed logins: 5 per minute and address, and 60 per minute of all addresses together. */
export class LoginLimit {
  /** Monotonic. */
  private readonly nowMs: () => number;
  private readonly byAddress = new Map<string, Period>();
  private together: Period = { endsAtMs: 0, failures: 0 };

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** Milliseconds until this address may try again; 0: now. */
  waitMs(address: string): number {
    const nowMs = this.nowMs();
    this.forget(nowMs);
    const own = this.byAddress.get(address);
    return Math.max(leftMs(own, MOST_PER_ADDRESS, nowMs), leftMs(this.together, MOST_TOGETHER, nowMs));
  }

  /** Counts a failed attempt, which `waitMs` has allowed. */
  failed(address: string): void {
    const nowMs = this.nowMs();
    const own = this.byAddress.get(address) ?? { endsAtMs: nowMs + PERIOD_MS, failures: 0 };
    own.failures++;
    this.byAddress.set(address, own);
    if (this.together.endsAtMs <= nowMs) this.together = { endsAtMs: nowMs + PERIOD_MS, failures: 0 };
    this.together.failures++;
  }

  /** Addresses in memory. */
  get size(): number {
    return this.byAddress.size;
  }

  private forget(nowMs: number): void {
    for (const [address, { endsAtMs }] of this.byAddress) if (endsAtMs <= nowMs) this.byAddress.delete(address);
  }
}

function leftMs(period: Period | undefined, most: number, nowMs: number): number {
  return period === undefined || period.failures < most ? 0 : Math.max(0, period.endsAtMs - nowMs);
}
