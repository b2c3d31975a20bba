/** Messages of unknown size may have 128 MiB each. */
const FIRST = 4;
const LARGEST = 512;
/** Halves the next batch above, doubles it below. */
const WANTED_BYTES = 16 * 1024 * 1024;

/** How many messages to ask for at once. */
export class BatchSize {
  private size = FIRST;

  get next(): number {
    return this.size;
  }

  /** Adapts to the bodies of a batch, in bytes. */
  adapt(bytes: number): void {
    this.size = bytes > WANTED_BYTES ? Math.max(1, this.size >> 1) : Math.min(LARGEST, this.size * 2);
  }
}
