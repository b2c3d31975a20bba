import type { Route } from '../../amqp/index.js';
import { pause } from '../../timing/index.js';

const FORGOTTEN_AFTER_MS = 60_000;
/** Each attempt may cost the connection, and makes all other publishes wait. */
const PAUSE_MS = 1_000;
/** Bounds our memory. */
const MOST_ROUTES = 1_000;

/**
 * Routes on which a message made the broker end the connection, such as a decimal header on its way to a stream. Such a
 * message cannot be recognized beforehand.
 */
export class HazardousRoutes {
  private readonly nowMs: () => number;
  private readonly lostAt = new Map<string, number>();

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.lostAt.size === 0;
  }

  add(route: Route): void {
    if (this.lostAt.size >= MOST_ROUTES) this.lostAt.clear();
    this.lostAt.set(keyOf(route), this.nowMs());
  }

  has(route: Route): boolean {
    return this.waitMs(route) !== undefined;
  }

  /** Resolves when the next attempt is due, or at once when stopped. */
  async untilAllowed(route: Route, stopped: AbortSignal): Promise<void> {
    for (;;) {
      const waitMs = stopped.aborted ? 0 : (this.waitMs(route) ?? 0);
      if (waitMs === 0) return;
      await pause(waitMs, stopped);
    }
  }

  /** Until the next attempt; undefined if the route is not hazardous. */
  waitMs(route: Route): number | undefined {
    const key = keyOf(route);
    const lostAt = this.lostAt.get(key);
    if (lostAt === undefined) return undefined;
    const sinceMs = this.nowMs() - lostAt;
    if (sinceMs < FORGOTTEN_AFTER_MS) return Math.max(0, PAUSE_MS - sinceMs);
    this.lostAt.delete(key);
    return undefined;
  }
}

function keyOf({ exchange, routingKey }: Route): string {
  return JSON.stringify([exchange, routingKey]);
}
