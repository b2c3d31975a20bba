import type { LiveReport } from '../../api.js';

/** A failure shows for so long: one each second would otherwise come and go. */
export const LATELY_MS = 30_000;

interface Sample {
  readonly at: number;
  readonly failed: ReadonlyMap<string, number>;
}

/** Counts the failures of each entry over the last 30 s. */
export class RecentFailures {
  private samples: Sample[] = [];

  /** The failures since the sample before the last 30 s, by `QUEUE/NAME`. */
  note({ at, entries }: LiveReport): ReadonlyMap<string, number> {
    const failed = new Map(entries.map((entry) => [`${entry.queue}/${entry.name}`, entry.failed]));
    // Another daemon counts from 0 again.
    const isSame = this.samples.every((each) =>
      [...failed].every(([key, value]) => value >= (each.failed.get(key) ?? 0)),
    );
    this.samples = [...(isSame ? this.samples : []), { at, failed }].filter((each) => each.at >= at - LATELY_MS);
    const [oldest] = this.samples;
    return new Map([...failed].map(([key, value]) => [key, value - (oldest?.failed.get(key) ?? value)]));
  }
}
