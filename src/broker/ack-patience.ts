/**
 * Lets acks wait a moment for a lower tag that is still open: with it they are one frame, without it one each, and each costs
 * 7 microseconds and more, most of them in the broker (plain amqplib with and without joined acks, docs/performance.md). With
 * two threads that was one message in three.
 *
 *     idle ── acks above an open tag ──▶ waiting ── the tag is answered ──▶ idle
 *                                        waiting ── an instance may lack work, or too many wait ──▶ idle
 *                                        waiting ── PATIENCE_MS: in vain, for this tag not again ──▶ idle
 */

/** How long acks wait at most, in milliseconds. */
export const PATIENCE_MS = 1;
/** So many acks wait at most, or half the prefetch: the broker is to go on sending meanwhile. */
const MOST_WAITING = 500;

export interface PatienceParts {
  /** Unanswered messages that the broker lets us hold. */
  readonly prefetch: number;
  /** Open deliveries that keep every consumer instance busy: with fewer, an ack that waits would keep the next one away. */
  readonly busyAt: number;
  /** Calls back once after `PATIENCE_MS`, anew with each `refresh`. Default: a timer of Node.js. */
  readonly startTimer?: (over: () => void) => { refresh(): unknown };
  /** The time is over: asks again for what still waits. */
  readonly onOver: () => void;
}

export class AckPatience {
  private readonly parts: PatienceParts;
  private readonly most: number;
  private timer: { refresh(): unknown } | undefined;
  private isWaiting = false;
  private isOver = false;
  /** The tag that was waited for in vain. */
  private givenUp = 0;

  constructor(parts: PatienceParts) {
    this.parts = parts;
    this.most = Math.min(MOST_WAITING, Math.floor(parts.prefetch / 2));
  }

  /**
   * True when so many acks may wait for the tag; they are asked for again at the next answer, or when the time is over.
   * @param open deliveries without an answer, the one of the tag among them
   */
  allows(acks: number, openTag: number, open: number): boolean {
    if (this.isOver) this.givenUp = openTag;
    const mayWait = openTag !== this.givenUp && acks <= this.most && open >= this.parts.busyAt;
    if (mayWait && !this.isWaiting) this.begin();
    return mayWait;
  }

  /** Nothing waits any more. */
  end(): void {
    this.isWaiting = false;
  }

  private begin(): void {
    this.isWaiting = true;
    // One for all times: what ended early lets it run out unheard.
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
