/** A timer may be late by another one. */
const PATIENCE_MS = 1;
/** At most half the prefetch, too: the broker must be able to go on sending. */
const MOST_WAITING = 500;

export interface PatienceParts {
  readonly prefetch: number;
  /** With fewer open deliveries, a waiting ack could delay an instance. */
  readonly busyAt: number;
  /** Calls back once after `PATIENCE_MS`, and again after each `refresh`. Default: a Node.js timer. */
  readonly startTimer?: (over: () => void) => { refresh(): unknown };
  /** The caller asks again for the acks that wait. */
  readonly onOver: () => void;
}

/**
 * Lets acks wait a moment for a lower tag that is still open: with it they are one frame, without it one each, at 7 µs and
 * more per frame, mostly in the broker (docs/performance.md). With two threads that was one message in three.
 *
 *     idle ── acks above an open tag ──▶ waiting ── none is left, or they may no longer wait ──▶ idle
 *                                        waiting ── PATIENCE_MS ──▶ idle; the open tag is not waited for again
 */
export class AckPatience {
  private readonly parts: PatienceParts;
  private readonly most: number;
  private timer: { refresh(): unknown } | undefined;
  private isWaiting = false;
  private isOver = false;
  /** Still open when the time was up. */
  private givenUp = 0;

  constructor(parts: PatienceParts) {
    this.parts = parts;
    this.most = Math.min(MOST_WAITING, Math.floor(parts.prefetch / 2));
  }

  /**
   * True when this many acks may wait for the open tag.
   * @param open unanswered deliveries
   */
  allows(acks: number, openTag: number, open: number): boolean {
    if (this.isOver) this.givenUp = openTag;
    const mayWait = openTag !== this.givenUp && acks <= this.most && open >= this.parts.busyAt;
    if (mayWait && !this.isWaiting) this.begin();
    return mayWait;
  }

  end(): void {
    this.isWaiting = false;
  }

  private begin(): void {
    this.isWaiting = true;
    // Reuse the timer and ignore a stale expiry.
    if (this.timer !== undefined) return void this.timer.refresh();
    const { startTimer = inPatienceMs } = this.parts;
    this.timer = startTimer(() => this.over());
  }

  private over(): void {
    if (!this.isWaiting) return;
    this.isOver = true;
    this.parts.onOver();
    this.isOver = false;
  }
}

function inPatienceMs(over: () => void): NodeJS.Timeout {
  return setTimeout(over, PATIENCE_MS);
}
