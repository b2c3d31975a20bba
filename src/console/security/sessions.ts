import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 32;
const MOST_SESSIONS = 100;
const IDLE_MS = 8 * 3_600_000;
const LONGEST_MS = 24 * 3_600_000;

interface Session {
  readonly startedMs: number;
  usedMs: number;
}

/**
 * The sessions of the console, in memory: at most 100, each for 8 h without a request and for 24 h in all. They are kept
 * by the hash of their ids, so a lookup compares no secret.
 */
export class Sessions {
  /** Monotonic. */
  private readonly nowMs: () => number;
  /** The least recently used comes first. */
  private readonly open = new Map<string, Session>();

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** Returns the random id of a new session; the least recently used one ends if there are too many. */
  start(): string {
    const nowMs = this.nowMs();
    const id = randomBytes(ID_BYTES).toString('base64url');
    for (const [key, session] of this.open) if (isOver(session, nowMs)) this.open.delete(key);
    const [oldest] = this.open.keys();
    if (this.open.size >= MOST_SESSIONS && oldest !== undefined) this.open.delete(oldest);
    this.open.set(hashOf(id), { startedMs: nowMs, usedMs: nowMs });
    return id;
  }

  /** True if the session is open; this counts as a use of it. */
  use(id: string): boolean {
    if (!this.isOpen(id)) return false;
    const key = hashOf(id);
    const session = this.open.get(key);
    if (session === undefined) return false;
    session.usedMs = this.nowMs();
    this.open.delete(key);
    this.open.set(key, session);
    return true;
  }

  /** Like `use`, but does not count as one. */
  isOpen(id: string): boolean {
    const session = this.open.get(hashOf(id));
    return session !== undefined && !isOver(session, this.nowMs());
  }

  end(id: string): void {
    this.open.delete(hashOf(id));
  }

  endAll(): void {
    this.open.clear();
  }

  get size(): number {
    return this.open.size;
  }
}

function isOver({ startedMs, usedMs }: Session, nowMs: number): boolean {
  return nowMs - usedMs >= IDLE_MS || nowMs - startedMs >= LONGEST_MS;
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
