/** Longest spin, in milliseconds. */
export const LONGEST_MS = 0.25;
/** Under load nobody sleeps; spinning takes a tenth of a core at most. */
export const QUIET_MS = 2.5;
const MOST_LEFT_OUT = 64;

export interface SpinParts {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Calls back in the next turn, without sleep. */
  readonly nextTurn: (look: () => void) => unknown;
}

/**
 * Keeps the idle event loop spinning while a fast consumer handles a lone message: waking a sleeping core for the
 * answer was a quarter of the 99th percentile between publish and ack, at 100 messages a second on a virtual machine
 * with two cores (docs/performance.md, "What was learned on the way").
 *
 *     off ── delivered, after a quiet time ──▶ spinning ── answered ──▶ off
 *                                              spinning ── LONGEST_MS: in vain, the next ones are left out ──▶ off
 */
export class IdleSpin {
  private readonly parts: SpinParts;
  private lastAtMs = Number.NEGATIVE_INFINITY;
  private untilMs = 0;
  private isSpinning = false;
  private toLeaveOut = 1;
  private leftOut = 0;

  constructor(parts: SpinParts = { nowMs: () => performance.now(), nextTurn: setImmediate }) {
    this.parts = parts;
  }

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
