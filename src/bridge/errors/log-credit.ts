/** More than any useful burst. */
const MOST = 512;
/** In case a wake-up was missed. */
const LOOK_UP_MS = 100;

/**
 * Counts a thread's unwritten log lines, in shared memory. A consumer that logs without pause waits here, or its lines
 * would fill the main thread's memory and delay heartbeats.
 */
export class LogCredit {
  readonly memory: SharedArrayBuffer;
  private readonly open: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.open = new Int32Array(memory);
  }

  /** Worker: before posting a line; blocks while too many are unwritten. */
  take(): void {
    let open = Atomics.load(this.open, 0);
    while (open >= MOST) {
      Atomics.wait(this.open, 0, open, LOOK_UP_MS);
      open = Atomics.load(this.open, 0);
    }
    Atomics.add(this.open, 0, 1);
  }

  /** Main thread: a line was written. */
  give(): void {
    if (Atomics.sub(this.open, 0, 1) >= MOST) Atomics.notify(this.open, 0);
  }
}
