import type { Logger } from 'pino';
import { type EntryMetrics, FAILURE_REASONS } from './entry-metrics.js';
import { holdingsOf, type ObservedEntry } from './holdings.js';

export interface SummaryOptions {
  readonly entries: readonly ObservedEntry[];
  readonly logger: Logger;
  /** 0: no lines. */
  readonly everyMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface Totals {
  readonly done: number;
  readonly failed: number;
}

/** Logs a line per entry and period: what it did, and what it holds. An idle entry has none. */
export class Summary {
  private readonly options: SummaryOptions;
  private readonly before = new Map<ObservedEntry, Totals>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SummaryOptions) {
    this.options = options;
  }

  start(): void {
    const { everyMs } = this.options;
    if (everyMs === 0) return;
    this.timer = setInterval(() => this.write(), everyMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  write(): void {
    for (const source of this.options.entries) this.writeEntry(source);
  }

  private writeEntry(source: ObservedEntry): void {
    const { logger, nowMs } = this.options;
    const totals = totalsOf(source.metrics);
    const before = this.before.get(source) ?? { done: 0, failed: 0 };
    this.before.set(source, totals);
    const done = totals.done - before.done;
    const failed = totals.failed - before.failed;
    const holdings = holdingsOf(source, nowMs());
    const { running, waiting } = holdings;
    if (done + failed + running + waiting === 0) return;
    const oldestMs = Math.round(holdings.oldestMs);
    const oldest = running > 0 ? ` (oldest ${spanOf(oldestMs)})` : '';
    logger.info(
      { queue: source.entry.queue, consumer: source.label, done, failed, running, oldestMs, waiting },
      `${done} done, ${failed} failed, ${running} running${oldest}, ${waiting} waiting`,
    );
  }
}

/** Counts what an entry has done and failed since the start. */
export function totalsOf({ done, failures }: EntryMetrics): Totals {
  // A soft timeout fails nothing yet.
  const failed = FAILURE_REASONS.reduce((sum, reason) => sum + (reason === 'soft_timeout' ? 0 : failures[reason]), 0);
  return { done, failed };
}

/** `0.4 s`, `35 s` */
function spanOf(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}
