import type { Channel } from 'amqplib';
import { mayPass } from '../connection/refusal.js';

/** A request over which the broker may close the connection. */
export interface Request {
  /** `config.yml:3:5  exchanges[0]` */
  readonly place: string;
  /** `exchange "orders"` */
  readonly what: string;
  /** Absent when opening the channel is the whole trial. */
  readonly declare?: (channel: Channel) => Promise<unknown>;
}

/**
 * Finds the entry over which the broker closes the connection, and holds it back.
 *
 *     asked among others, connection closed ──▶ asked one by one ── closed again ──▶ suspect ── once more ──▶ culprit
 *     connection closed over a limit ──▶ culprit at once, because the broker names it
 *     culprit ── hold back ──▶ left out ── release ──▶ asked again
 */
export class Culprits {
  private readonly suspects = new Set<string>();
  private readonly held = new Map<string, Request>();
  private isCareful = false;

  /** Requests must go one by one, to identify the culprit. */
  get oneByOne(): boolean {
    return this.isCareful;
  }

  get next(): Request | undefined {
    return this.held.values().next().value;
  }

  has(place: string): boolean {
    return this.held.has(place);
  }

  /** True when the request is proven to be the culprit; undefined is one of several. */
  accuse(request: Request | undefined, cause: unknown): boolean {
    this.isCareful = true;
    if (request === undefined) return false;
    if (mayPass(cause) || this.suspects.has(request.place)) return true;
    this.suspects.add(request.place);
    return false;
  }

  /** It is retried last. */
  holdBack(request: Request): void {
    this.held.delete(request.place);
    this.held.set(request.place, request);
  }

  release(request: Request): void {
    this.held.delete(request.place);
  }

  acquit(): void {
    this.suspects.clear();
    this.isCareful = false;
  }
}
