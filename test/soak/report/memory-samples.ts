import { residentBytes } from '../../support/processes/resident-memory.js';
import { median } from './median.js';

/** Resident memory of the daemon process at one moment. */
export interface MemorySample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly bytes: number;
}

/** Memory in the two halves of a run after its warm-up, and their ratio. */
export interface MemoryHalves {
  readonly firstBytes: number;
  readonly secondBytes: number;
  /** Second to first: 1.02 is two percent more. */
  readonly ratio: number;
}

const EVERY_MS = 1_000;
const WARM_UP_PART = 0.2;
const WARM_UP_MS = 15_000;

/** Reads a process's resident memory every second, where there is a /proc. */
export class MemorySamples {
  readonly samples: MemorySample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => this.#sample(pid), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Undefined for too short a run, and where memory cannot be read. */
  halves(): MemoryHalves | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const warm = first.at + Math.max(WARM_UP_MS, (last.at - first.at) * WARM_UP_PART);
    const middle = (warm + last.at) / 2;
    const bytesOf = (from: number, to: number): number | undefined =>
      median(this.samples.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes));
    const [firstBytes, secondBytes] = [bytesOf(warm, middle), bytesOf(middle, last.at + 1)];
    if (firstBytes === undefined || secondBytes === undefined) return undefined;
    return { firstBytes, secondBytes, ratio: secondBytes / firstBytes };
  }

  #sample(pid: number): void {
    const bytes = residentBytes(pid);
    if (bytes !== undefined) this.samples.push({ at: Date.now(), bytes });
  }
}
