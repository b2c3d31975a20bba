import type { Channel } from 'amqplib';
import { mayPass } from '../connection/refusal.js';

/** What is asked of the broker for one entry of the file, and what it may close the connection over. */
export interface Request {
  /** The entry in the file: `exchanges[0]`. */
  readonly path: string;
  /** For errors: `exchange "orders"`. */
  readonly what: string;
  /** Asks once more, on a channel of somebody else's; absent where a channel is all that can be tried. */
  readonly declare?: (channel: Channel) => Promise<unknown>;
}

/**
 * Finds the entry that the broker closes the whole connection over, and keeps it away from the others.
 *
 *     asked among others, connection closed ──▶ asked one by one ── closed again ──▶ suspect ── once more ──▶ culprit
 *     connection closed over a limit ──▶ culprit at once: the broker's words leave no doubt
 *     culprit ── hold back ──▶ left out ── release ──▶ asked again
 */
export class Culprits {
  private readonly suspects = new Set<string>();
  private readonly held = new Map<string, Request>();
  private isCareful = false;

  /** True while requests must follow each other, so that a closed connection tells whose fault it was. */
  get oneByOne(): boolean {
    return this.isCareful;
  }

  /** The next one to try again; undefined: none is held back. */
  get next(): Request | undefined {
    return this.held.values().next().value;
  }

  has(path: string): boolean {
    return this.held.has(path);
  }

  /** The broker closed the connection over `request`, or over one of several; true when it is proven to be the culprit. */
  accuse(request: Request | undefined, cause: unknown): boolean {
    this.isCareful = true;
    if (request === undefined) return false;
    if (mayPass(cause) || this.suspects.has(request.path)) return true;
    this.suspects.add(request.path);
    return false;
  }

  /** Leaves an entry out; it comes last among those that are tried again. */
  holdBack(request: Request): void {
    this.held.delete(request.path);
    this.held.set(request.path, request);
  }

  release(request: Request): void {
    this.held.delete(request.path);
  }

  /** The broker accepted every request: no suspect was the culprit. */
  acquit(): void {
    this.suspects.clear();
    this.isCareful = false;
  }
}
