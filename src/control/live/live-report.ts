import type { EntryStatus, StatusReport } from '../status.js';

/** An entry at this moment, with what happened since the sample before. */
export interface LiveEntry extends EntryStatus {
  /** Messages per second that ended with an answer of the consumer; 0 in the first sample. */
  readonly doneRate: number;
  /** Failures per second; 0 in the first sample. */
  readonly failedRate: number;
  /** Of `consume`, over the last 10 s; null if none ended. Estimated within the buckets of the histogram. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface LiveThread {
  readonly thread: number;
  readonly group: string;
  readonly state: string;
  readonly heapUsedMb: number | null;
  readonly heapLimitMb: number | null;
  /** From 0 to 1, since the sample before, at first since the thread started; null unless it lives. */
  readonly utilization: number | null;
  /** Messages that run on it. */
  readonly running: number;
}

/** What `ctl top` and the console show: one sample a second while a client watches. */
export interface LiveReport extends Omit<StatusReport, 'entries' | 'groups'> {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds since the sample before, which the rates are over; null in the first sample, which has no rates. */
  readonly overMs: number | null;
  readonly entries: readonly LiveEntry[];
  readonly threads: readonly LiveThread[];
}

/** One point of the charts: the sums over all entries. */
export interface HistoryPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly doneRate: number;
  readonly failedRate: number;
  readonly running: number;
  readonly waiting: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}
