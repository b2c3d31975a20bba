import { type Deferred, deferred } from '../../timing/index.js';
import { refused } from './refused.js';

const MOST_WAITING = 4;

/** Lets one operation at a time work on a queue; up to four others wait for their turn. */
export class Turns {
  /** Those that wait, by queue; absent: the queue is free. */
  private readonly lines = new Map<string, Deferred<void>[]>();

  /**
   * Resolves with the function that ends the turn.
   * @throws DispatcherError `CONTROL_REFUSED` if too many wait; the reason of the signal
   */
  async take(queue: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const line = this.lines.get(queue);
    if (line === undefined) {
      this.lines.set(queue, []);
      return () => this.next(queue);
    }
    if (line.length >= MOST_WAITING) {
      throw refused(`${MOST_WAITING} operations already wait for "${queue}": try again when they have ended`);
    }
    const turn = deferred();
    line.push(turn);
    const leave = (): void => {
      const at = line.indexOf(turn);
      if (at === -1) return;
      line.splice(at, 1);
      turn.reject(signal.reason);
    };
    signal.addEventListener('abort', leave);
    try {
      await turn.promise;
      return () => this.next(queue);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  private next(queue: string): void {
    const turn = this.lines.get(queue)?.shift();
    if (turn === undefined) this.lines.delete(queue);
    else turn.resolve();
  }
}
