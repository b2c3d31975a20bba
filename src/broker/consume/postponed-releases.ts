import type { Answer } from '../../amqp/wire/index.js';

/** Releases of a stop that go out one by one. */
export const RELEASES_AT_ONCE = 1_000;

/**
 * What a stop releases. The first go out one by one, for others to have them soon, and the rest as one, as soon as nothing
 * else is open: for each nack the broker looks for a place in its queue, and 10,000 took it 17 s.
 */
export class PostponedReleases {
  private released = 0;
  private highest = 0;
  private count = 0;

  /** How many wait for all others to be answered. */
  get waiting(): number {
    return this.count;
  }

  /** Notes a release. True: it waits, false: it goes out now. */
  postpones(tag: number): boolean {
    if (++this.released <= RELEASES_AT_ONCE) return false;
    this.count++;
    this.highest = Math.max(tag, this.highest);
    return true;
  }

  /** The one answer for all that wait, to be sent when nothing else is open; none waits any more. */
  take(): Answer {
    const { highest } = this;
    this.clear();
    return { tag: highest, answer: 'nackRequeue', multiple: true };
  }

  clear(): void {
    this.count = 0;
    this.highest = 0;
  }
}
