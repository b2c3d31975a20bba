/** Lines that may be on their way: more than any burst that matters, less than what would hold the main thread up. */
const MOST = 512;
/** A thread that waits looks up this often, in case a word was missed. */
const LOOK_UP_MS = 100;

/**
 * How many log lines of a thread the main thread has not written yet, in shared memory. A consumer that logs without a pause
 * waits here, as it would on a slow terminal: posted without end, its lines would fill the main thread's memory and keep it
 * from its heartbeats.
 */
export class LogCredit {
  readonly memory: SharedArrayBuffer;
  private readonly open: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.open = new Int32Array(memory);
  }

  /** Worker: a line is about to be posted. Blocks the thread while too many are on their way. */
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
