import type { ActionRecord, HistoryPoint, LiveEntry, LiveReport } from '../../api.js';
import { ApiError, readActions, readHistory, readSession } from '../api.js';
import { type Failures, RecentFailures } from './recent-failures.js';

/** The charts show so many seconds. */
const HISTORY_POINTS = 300;
const MOST_ACTIONS = 200;
/** A report comes each second. */
const SILENT_AFTER_MS = 5_000;
const RETRY_MS = 2_000;
/** The history is read again after so many reports. */
const HISTORY_EVERY = 5;

export type Link = 'connecting' | 'live' | 'silent' | 'lost' | 'stopped' | 'logged out';

/** Everything that the page knows about the daemon. */
export interface DaemonView {
  readonly link: Link;
  /** True: there is a session to end. */
  readonly canLogOut: boolean;
  /** When the link was last live; milliseconds since the epoch. */
  readonly lastAt: number | undefined;
  readonly report: LiveReport | undefined;
  readonly failures: Failures;
  readonly history: readonly HistoryPoint[];
  /** Newest first. */
  readonly actions: readonly ActionRecord[];
}

/**
 * Follows the daemon by server-sent events, and finds it again after a break.
 *
 *     connecting ──▶ live ◀──▶ silent
 *     live ──▶ lost, or stopped if the daemon had said that it stops ──▶ live
 *     any ──▶ logged out ── log in ──▶ connecting
 */
export class DaemonFeed {
  private view: DaemonView = {
    link: 'connecting',
    canLogOut: false,
    lastAt: undefined,
    report: undefined,
    failures: { counts: new Map(), overMs: 0 },
    history: [],
    actions: [],
  };
  private readonly listeners = new Set<(view: DaemonView) => void>();
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private reports = 0;
  private readonly recent = new RecentFailures();

  get current(): DaemonView {
    return this.view;
  }

  /** Calls the listener at each change; the returned function ends that. */
  listen(listener: (view: DaemonView) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks for the session, then follows the daemon. Call it again after a login. */
  async start(): Promise<void> {
    clearTimeout(this.retry);
    this.source?.close();
    try {
      const { authenticated, tokenRequired } = await readSession();
      if (!authenticated) return this.change({ link: 'logged out', report: undefined, canLogOut: false });
      this.change({ canLogOut: tokenRequired });
      const [history, actions] = await Promise.all([readHistory(), readActions()]);
      this.change({ history: history.slice(-HISTORY_POINTS), actions });
      this.follow();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return this.change({ link: 'logged out' });
      this.lose();
    }
  }

  /** Notices when the daemon sends nothing; call it once a second. */
  tick(now = Date.now()): void {
    const { link, lastAt } = this.view;
    if (link === 'live' && lastAt !== undefined && now - lastAt > SILENT_AFTER_MS) this.change({ link: 'silent' });
  }

  private follow(): void {
    const source = new EventSource('api/live');
    this.source = source;
    source.addEventListener('live', ({ data }: MessageEvent<string>) => {
      const report: LiveReport = JSON.parse(data);
      const history = extended(this.view.history, report);
      this.change({ link: 'live', lastAt: Date.now(), report, failures: this.recent.note(report), history });
      if (++this.reports % HISTORY_EVERY === 0) void this.readHistory();
    });
    source.addEventListener('action', ({ data }: MessageEvent<string>) => {
      const action: ActionRecord = JSON.parse(data);
      this.change({ actions: [action, ...this.view.actions].slice(0, MOST_ACTIONS) });
    });
    // Not the browser's own reconnect: the session may have ended, and the charts would have a gap.
    source.addEventListener('error', () => {
      source.close();
      this.lose();
    });
  }

  /** Ignores failures: the event source reports them, too. */
  private async readHistory(): Promise<void> {
    const history = await readHistory().catch(() => undefined);
    if (history !== undefined) this.change({ history: history.slice(-HISTORY_POINTS) });
  }

  private lose(): void {
    const { link, report } = this.view;
    if (link === 'logged out') return;
    this.change({ link: link === 'stopped' || report?.phase === 'draining' ? 'stopped' : 'lost' });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.start(), RETRY_MS);
  }

  private change(changes: Partial<DaemonView>): void {
    this.view = { ...this.view, ...changes };
    for (const listener of this.listeners) listener(this.view);
  }
}

/** Adds the report's point until the page reads the history again; only that has the percentiles over all entries. */
function extended(history: readonly HistoryPoint[], { at, overMs, entries }: LiveReport): readonly HistoryPoint[] {
  const last = history.at(-1);
  if (overMs === null || (last !== undefined && last.at >= at)) return history;
  const sum = (read: (entry: LiveEntry) => number): number => entries.reduce((total, entry) => total + read(entry), 0);
  const point: HistoryPoint = {
    at,
    doneRate: sum((entry) => entry.doneRate),
    failedRate: sum((entry) => entry.failedRate),
    running: sum((entry) => entry.running),
    waiting: sum((entry) => entry.waiting),
    p50Ms: last?.p50Ms ?? null,
    p95Ms: last?.p95Ms ?? null,
  };
  return [...history, point].slice(-HISTORY_POINTS);
}
