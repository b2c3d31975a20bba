/** In characters: more than any useful burst, and the main thread writes it in some milliseconds. */
const MOST = 2 * 1024 * 1024;
/** A line costs the main thread time even if it is short. */
const PER_LINE = 512;
/** In case a wake-up was missed. */
const LOOK_UP_MS = 100;

/**
 * Counts a thread's unwritten log lines by their size, in shared memory. A consumer that logs without pause waits here,
 * or its lines would fill the main thread's memory and delay heartbeats.
 */
export class LogCredit {
  readonly memory: SharedArrayBuffer;
  private readonly open: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.open = new Int32Array(memory);
  }

  /** Worker: before posting a line; blocks while too much is unwritten. A line larger than the credit goes alone. */
  wait(line: string): void {
    let open = Atomics.load(this.open, 0);
    while (open > 0 && open + cost(line) > MOST) {
      Atomics.wait(this.open, 0, open, LOOK_UP_MS);
      open = Atomics.load(this.open, 0);
    }
  }

  /** Worker: the line was posted. Not before, because a post that throws would use the credit up. */
  take(line: string): void {
    Atomics.add(this.open, 0, cost(line));
  }

  /**
   * Main thread: lines were written.
   * @param costs the sum of `cost`
   */
  give(costs: number): void {
    Atomics.sub(this.open, 0, costs);
    Atomics.notify(this.open, 0);
  }
}

/** Main thread: returns how much credit a line took. */
export function cost(line: string): number {
  return line.length + PER_LINE;
}
