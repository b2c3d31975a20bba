/** The metrics in one format. */
export interface Metrics {
  /** The content type. */
  readonly type: string;
  readonly body: () => string;
}

/** Renderings may take this share of the main thread, so that no flood of scrapes delays acks and heartbeats. */
const SHARE = 0.1;
/** And so much at once, which no scraper ever needs. */
const MOST_SAVED_MS = 200;

/** Renders metrics for each scrape, unless scrapes come so often that they would block the main thread. */
export class RecentMetrics {
  /** Monotonic. */
  private readonly nowMs: () => number;
  private readonly newest = new Map<string, Buffer>();
  private savedMs = MOST_SAVED_MS;
  private lookedMs: number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
    this.lookedMs = nowMs();
  }

  /** The metrics of now; the last ones of this type after renderings took more than a tenth of the time. */
  render({ type, body }: Metrics): Buffer {
    const beganMs = this.nowMs();
    this.savedMs = Math.min(MOST_SAVED_MS, this.savedMs + (beganMs - this.lookedMs) * SHARE);
    this.lookedMs = beganMs;
    const last = this.newest.get(type);
    if (last !== undefined && this.savedMs <= 0) return last;
    const bytes = Buffer.from(body());
    this.newest.set(type, bytes);
    this.savedMs -= this.nowMs() - beganMs;
    return bytes;
  }
}
