import { DURATION_BOUNDS, type EntryMetrics } from '../../metrics/index.js';
import type { ThreadStatus } from '../../threads/index.js';
import { type EntryStatus, StatusReader, type StatusSources } from '../status.js';
import type { HistoryPoint, LiveEntry, LiveReport, LiveThread } from './live-report.js';
import { quantile, RecentDurations } from './recent-durations.js';

export interface LiveOptions extends StatusSources {
  /** Since the epoch. */
  readonly wallMs: () => number;
}

const EVERY_MS = 1_000;
/** Percentiles cover the messages that ended within this many samples. */
const RECENT_SAMPLES = 10;
const BUCKETS = DURATION_BOUNDS.length + 1;
const HISTORY_POINTS = 300;
/** Sampling continues for this long after a read, so that the next read has rates. */
const READER_STAYS_MS = 10_000;

type Listener = (report: LiveReport) => void;

/**
 * Samples the daemon once a second, while a client watches or the history is kept. It needs no answer of a thread.
 * A sample of 200 entries with 800 running messages takes 0.7 ms of the main thread.
 */
export class Live {
  private readonly options: LiveOptions;
  private readonly reader: StatusReader;
  private readonly listeners = new Set<Listener>();
  private readonly points: HistoryPoint[] = [];
  private keepsHistory = false;
  private timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock. */
  private lastReadMs = Number.NEGATIVE_INFINITY;
  private before = new Sample();
  private latest: LiveReport | undefined;

  constructor(options: LiveOptions) {
    this.options = options;
    this.reader = new StatusReader(options);
  }

  /** Calls `listener` now and with each sample; the returned function ends that. */
  watch(listener: Listener): () => void {
    listener(this.begin());
    // A function of its own, so that one listener may watch twice.
    const own: Listener = (report) => listener(report);
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
      if (!this.isWanted()) this.pause();
    };
  }

  /** The newest sample. Sampling goes on for 10 s, so that the next call finds rates. */
  read(): LiveReport {
    this.lastReadMs = this.options.nowMs();
    return this.begin();
  }

  /** Keeps the last 300 points from now on. */
  keepHistory(): void {
    this.keepsHistory = true;
    this.begin();
  }

  /** The oldest first; empty unless it is kept. */
  history(): HistoryPoint[] {
    return [...this.points];
  }

  /** No listener gets another sample. */
  stop(): void {
    this.keepsHistory = false;
    this.listeners.clear();
    this.pause();
  }

  private begin(): LiveReport {
    if (this.latest !== undefined) return this.latest;
    this.timer = setInterval(() => this.tick(), EVERY_MS);
    this.timer.unref();
    return this.sample();
  }

  private tick(): void {
    if (!this.isWanted()) return this.pause();
    const report = this.sample();
    for (const listener of this.listeners) listener(report);
  }

  private isWanted(): boolean {
    const { nowMs } = this.options;
    return this.keepsHistory || this.listeners.size > 0 || nowMs() - this.lastReadMs <= READER_STAYS_MS;
  }

  private pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.latest = undefined;
    this.before = new Sample();
  }

  private sample(): LiveReport {
    const { entries: sources, groups, nowMs, wallMs } = this.options;
    const { before } = this;
    const overMs = before.begin(nowMs());
    const at = wallMs();
    const running = new Map<number, number>();
    const statuses = this.reader.entries(running);
    const entries = sources.flatMap(({ metrics }, index) => {
      const status = statuses[index];
      return status === undefined ? [] : [before.entry(index, metrics, status)];
    });
    const threads = groups().flatMap(({ name, threads: own }) =>
      own.map((status) => before.thread(name, status, running.get(status.thread) ?? 0)),
    );
    const report: LiveReport = { ...this.reader.daemon(), at, overMs, entries, threads };
    this.latest = report;
    if (this.keepsHistory && overMs !== null) this.note(report);
    return report;
  }

  private note({ at, entries }: LiveReport): void {
    if (this.points.length === HISTORY_POINTS) this.points.shift();
    this.points.push({
      at,
      doneRate: round(sum(entries, ({ doneRate }) => doneRate)),
      failedRate: round(sum(entries, ({ failedRate }) => failedRate)),
      running: sum(entries, ({ running }) => running),
      waiting: sum(entries, ({ waiting }) => waiting),
      ...percentiles(this.before.all),
    });
  }
}

/** The sample before, which becomes the new one part by part. */
class Sample {
  /** Counts of the recent durations of all entries. */
  readonly all = new Float64Array(BUCKETS);
  private readonly counts = new Float64Array(BUCKETS);
  private readonly entries: { done: number; failed: number; readonly durations: RecentDurations }[] = [];
  private readonly loops = new Map<number, Pick<ThreadStatus, 'threadId' | 'loop'>>();
  private atMs: number | undefined;
  private overMs: number | null = null;

  /** Returns the time since the sample before; null in the first one. */
  begin(nowMs: number): number | null {
    this.overMs = this.atMs === undefined ? null : nowMs - this.atMs;
    this.atMs = nowMs;
    this.all.fill(0);
    return this.overMs;
  }

  entry(index: number, { process }: EntryMetrics, status: EntryStatus): LiveEntry {
    const { done, failed } = status;
    const before = (this.entries[index] ??= {
      done,
      failed,
      durations: new RecentDurations(RECENT_SAMPLES, BUCKETS),
    });
    const { durations } = before;
    durations.sample(process);
    this.counts.fill(0);
    durations.addTo(this.counts);
    for (let at = 0; at < BUCKETS; at++) this.all[at] = (this.all[at] ?? 0) + (this.counts[at] ?? 0);
    const doneRate = this.rate(done - before.done);
    const failedRate = this.rate(failed - before.failed);
    before.done = done;
    before.failed = failed;
    const { p50Ms, p95Ms } = percentiles(this.counts);
    // The spread comes last: with it first V8 takes 6 µs for the object instead of 0.3.
    return { doneRate, failedRate, p50Ms, p95Ms, ...status };
  }

  thread(group: string, { thread, state, heap, threadId, loop }: ThreadStatus, running: number): LiveThread {
    const before = this.loops.get(thread);
    this.loops.set(thread, { threadId, loop });
    // The times of a replacement start at 0.
    const since = before?.threadId === threadId ? before?.loop : undefined;
    const active = (loop?.active ?? 0) - (since?.active ?? 0);
    const all = active + (loop?.idle ?? 0) - (since?.idle ?? 0);
    return {
      thread,
      group,
      state,
      heapUsedMb: heap?.usedMb ?? null,
      heapLimitMb: heap?.limitMb ?? null,
      utilization: loop === undefined || all <= 0 ? null : round(Math.min(1, Math.max(0, active / all))),
      running,
    };
  }

  private rate(count: number): number {
    return this.overMs === null || this.overMs <= 0 ? 0 : round((count * 1_000) / this.overMs);
  }
}

function percentiles(counts: Float64Array): Pick<LiveEntry, 'p50Ms' | 'p95Ms'> {
  return {
    p50Ms: milliseconds(quantile(counts, DURATION_BOUNDS, 0.5)),
    p95Ms: milliseconds(quantile(counts, DURATION_BOUNDS, 0.95)),
  };
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : round(seconds * 1_000);
}

/** To a hundredth: the report is read by people. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
