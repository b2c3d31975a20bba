import type { Answer } from '../../../amqp/wire/index.js';

/** Releases that go out one by one. */
export const RELEASES_AT_ONCE = 1_000;

/**
 * Releases during a stop. The first go out at once, so that others get them soon; one nack releases the rest at the
 * end. The broker searches its queue for each nack, and 10,000 took 17 s.
 */
export class PostponedReleases {
  private released = 0;
  private highest = 0;
  private count = 0;

  get waiting(): number {
    return this.count;
  }

  /** False: send it now. */
  postpones(tag: number): boolean {
    if (++this.released <= RELEASES_AT_ONCE) return false;
    this.count++;
    this.highest = Math.max(tag, this.highest);
    return true;
  }

  /** Send it only when nothing else is open. */
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
