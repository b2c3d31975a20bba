/** Longest spin, in milliseconds. */
export const LONGEST_MS = 0.25;
/**
 * Milliseconds without a delivery before one that the loop spins for. Under load nobody sleeps, and the time is better given
 * to the others; and not more than a tenth of a core can go into it.
 */
export const QUIET_MS = 2.5;
/** Deliveries that are left out while consumers take longer than a spin lasts. */
const MOST_LEFT_OUT = 64;

export interface SpinParts {
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Calls back in the next turn of the event loop, which does not sleep before it. */
  readonly nextTurn: (look: () => void) => unknown;
}

/**
 * Keeps the idle event loop spinning for the moment that a quick consumer takes for a lone message. A core that went to sleep
 * meanwhile has to be woken for the answer: with 100 messages a second that was a quarter of the 99th percentile between
 * publish and ack on a virtual machine of two cores (docs/performance.md, "What was learned on the way").
 *
 *     off ── delivered, after a quiet time ──▶ spinning ── answered ──▶ off
 *                                              spinning ── LONGEST_MS: in vain, the next ones are left out ──▶ off
 */
export class IdleSpin {
  private readonly parts: SpinParts;
  private lastAtMs = Number.NEGATIVE_INFINITY;
  private untilMs = 0;
  private isSpinning = false;
  /** How many deliveries the next spin in vain leaves out. */
  private toLeaveOut = 1;
  private leftOut = 0;

  constructor(parts: SpinParts = { nowMs: () => performance.now(), nextTurn: setImmediate }) {
    this.parts = parts;
  }

  /** Deliveries have been posted to the thread. */
  delivered(): void {
    const nowMs = this.parts.nowMs();
    const wasQuiet = nowMs - this.lastAtMs >= QUIET_MS;
    this.lastAtMs = nowMs;
    if (!wasQuiet || this.isSpinning) return;
    if (this.leftOut > 0) {
      this.leftOut--;
      return;
    }
    this.isSpinning = true;
    this.untilMs = nowMs + LONGEST_MS;
    this.parts.nextTurn(this.look);
  }

  /** The thread has said something. */
  answered(): void {
    if (!this.isSpinning) return;
    this.isSpinning = false;
    this.toLeaveOut = 1;
  }

  private readonly look = (): void => {
    if (!this.isSpinning) return;
    if (this.parts.nowMs() < this.untilMs) return void this.parts.nextTurn(this.look);
    this.isSpinning = false;
    this.leftOut = this.toLeaveOut;
    this.toLeaveOut = Math.min(this.toLeaveOut * 2, MOST_LEFT_OUT);
  };
}
