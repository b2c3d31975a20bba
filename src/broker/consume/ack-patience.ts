/**
 * Lets acks wait a moment for a lower tag that is still open: with it they are one frame, without it one each, and each costs
 * 7 microseconds and more, most of them in the broker (plain amqplib with and without joined acks, docs/performance.md). With
 * two threads that was one message in three.
 *
 *     idle ── acks above an open tag ──▶ waiting ── none is left, or they may not wait any more ──▶ idle
 *                                        waiting ── PATIENCE_MS ──▶ idle; the tag that is open then is given up
 */

/** How long acks wait, in milliseconds; a timer may be late by another one. */
const PATIENCE_MS = 1;
/** So many acks wait at most, or half the prefetch: the broker is to go on sending meanwhile. */
const MOST_WAITING = 500;

export interface PatienceParts {
  /** Unanswered messages that the broker lets us hold. */
  readonly prefetch: number;
  /** With fewer open deliveries, an ack that waits could keep an instance from its next message. */
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
  /** Open when the time was over: nothing waits for it. */
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
