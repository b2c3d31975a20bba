import type { LiveReport } from '../../api.js';

/** How long a failure counts: without it, one failure a second would flicker. */
const LATELY_MS = 30_000;

interface Sample {
  readonly at: number;
  readonly failed: ReadonlyMap<string, number>;
}

export interface Failures {
  /** By `QUEUE/NAME`. */
  readonly counts: ReadonlyMap<string, number>;
  /** At most 30 s; less for a page that has just opened. */
  readonly overMs: number;
}

/** Counts the failures of each entry over the last 30 s. */
export class RecentFailures {
  private samples: Sample[] = [];

  note({ at, entries }: LiveReport): Failures {
    const failed = new Map(entries.map((entry) => [`${entry.queue}/${entry.name}`, entry.failed]));
    // Another daemon counts from 0 again.
    const isSame = this.samples.every((each) =>
      [...failed].every(([key, value]) => value >= (each.failed.get(key) ?? 0)),
    );
    this.samples = [...(isSame ? this.samples : []), { at, failed }].filter((each) => each.at >= at - LATELY_MS);
    const [oldest] = this.samples;
    const counts = new Map([...failed].map(([key, value]) => [key, value - (oldest?.failed.get(key) ?? value)]));
    return { counts, overMs: at - (oldest?.at ?? at) };
  }
}
