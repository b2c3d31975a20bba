import type { ServerResponse } from 'node:http';

/** Open streams included. */
const MOST_REQUESTS = 64;

/** At most 64 requests at once. Those that have proved nothing yet make room, so that nobody can lock users out. */
export class RequestLimit {
  private readonly running = new Set<object>();
  /** The oldest comes first. */
  private readonly unproved = new Map<object, ServerResponse>();

  /** Notes a request, and ends the oldest that is not admitted if there are too many; false: all are admitted. */
  begin(response: ServerResponse): boolean {
    if (this.running.size >= MOST_REQUESTS && !this.endUnproved()) return false;
    this.running.add(response);
    this.unproved.set(response, response);
    response.once('close', () => this.forget(response));
    return true;
  }

  /** The client of this request has shown that it may use the console. */
  admit(response: object): void {
    this.unproved.delete(response);
  }

  private endUnproved(): boolean {
    const [oldest] = this.unproved.values();
    if (oldest === undefined) return false;
    this.forget(oldest);
    oldest.destroy();
    return true;
  }

  private forget(response: ServerResponse): void {
    this.running.delete(response);
    this.unproved.delete(response);
  }
}
