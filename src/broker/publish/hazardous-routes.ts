import type { Route } from '../../amqp/index.js';

/** After this a route is like any other again. */
const FORGOTTEN_AFTER_MS = 60_000;
/** A route that the connection was lost over is tried again after this: the publishes of all others wait for a new one. */
const PAUSE_MS = 1_000;
/** More are not remembered: whoever publishes to so many could fill our memory. */
const MOST_ROUTES = 1_000;

/**
 * Routes with a message that the broker ended the connection over, such as a decimal in a header on its way to a stream.
 * Nobody can tell such a message beforehand, and it may well come again.
 */
export class HazardousRoutes {
  private readonly nowMs: () => number;
  /** When each cost the last connection. */
  private readonly lostAt = new Map<string, number>();

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.lostAt.size === 0;
  }

  /** The connection was lost over a message to this route. */
  add(route: Route): void {
    if (this.lostAt.size >= MOST_ROUTES) this.lostAt.clear();
    this.lostAt.set(keyOf(route), this.nowMs());
  }

  has(route: Route): boolean {
    return this.waitMs(route) !== undefined;
  }

  /** How long the next message to a route waits; undefined for one that is not among them. */
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
