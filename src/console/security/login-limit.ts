const PERIOD_MS = 60_000;
const MOST_PER_CLIENT = 5;
const MOST_CLIENTS = 10_000;
const MOST_LINES = 60;

interface Period {
  readonly endsAtMs: number;
  failures: number;
}

/**
 * Limits failed logins: 5 per minute and address, and for IPv6 per /64, which one client may own. There is no limit of
 * all together: an attacker with many addresses would lock everybody out, and still not guess 16 characters.
 */
export class LoginLimit {
  /** Monotonic. */
  private readonly nowMs: () => number;
  /** Those whose period ends first come first. */
  private readonly byClient = new Map<string, Period>();
  private lines: Period = { endsAtMs: 0, failures: 0 };

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** Milliseconds until this address may try again; 0: now. */
  waitMs(address: string): number {
    const nowMs = this.nowMs();
    this.forget(nowMs);
    const own = this.byClient.get(clientOf(address));
    return own === undefined || own.failures < MOST_PER_CLIENT ? 0 : Math.max(0, own.endsAtMs - nowMs);
  }

  /** Counts a failed attempt, which `waitMs` has allowed. False: the log has 60 of this minute, and needs no more. */
  failed(address: string): boolean {
    const nowMs = this.nowMs();
    const client = clientOf(address);
    const own = this.byClient.get(client) ?? { endsAtMs: nowMs + PERIOD_MS, failures: 0 };
    own.failures++;
    this.byClient.set(client, own);
    const [oldest] = this.byClient.keys();
    if (this.byClient.size > MOST_CLIENTS && oldest !== undefined) this.byClient.delete(oldest);
    if (this.lines.endsAtMs <= nowMs) this.lines = { endsAtMs: nowMs + PERIOD_MS, failures: 0 };
    return ++this.lines.failures <= MOST_LINES;
  }

  /** Addresses in memory. */
  get size(): number {
    return this.byClient.size;
  }

  private forget(nowMs: number): void {
    for (const [client, { endsAtMs }] of this.byClient) {
      if (endsAtMs > nowMs) return;
      this.byClient.delete(client);
    }
  }
}

/** The address, and of IPv6 its first four groups: `2001:db8::1` is of `2001:db8:0:0`. */
function clientOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
