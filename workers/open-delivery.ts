import { DeliveryError, type DispatcherError } from '../src/errors/index.js';
import {
  ANSWER,
  type AnswerCode,
  type ClaimId,
  type ErrorData,
  type Verdict,
  type WorkerClaims,
} from '../src/protocol/index.js';
import type { Outbox, OutboxMark } from './outbox.js';
import type { PublishRequests } from './publish-requests.js';
import type { Publishes } from './publishes.js';

/** What a delivery needs of its thread. */
export interface Bridge {
  readonly claims: WorkerClaims;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
}

/** Tells the log. */
export type Warn = (error: DispatcherError) => void;

/** An answer that counts is known at once. */
export const DONE = Promise.resolve();

/**
 * A delivery that a consumer has begun, and its one answer.
 *
 *     open ── ack, nack, reject ──▶ answered        (second answer: DELIVERY_ALREADY_SETTLED)
 *       ├──── consume threw ──────────▲
 *       └──── channel went ───────▶ lost            (answers and publishes: DELIVERY_LOST)
 *
 * Whether an answer still counts is decided in shared memory, against the main thread: so `await amqp.ack()` costs no
 * round trip and is refused all the same when the channel has gone.
 */
export class OpenDelivery {
  readonly claimId: ClaimId;
  protected readonly bridge: Bridge;
  protected readonly warn: Warn;
  protected state: 'open' | 'answering' | 'answered' | 'lost' = 'open';
  /** What the consumer has published for it; absent while there is nothing. */
  protected publishes: Publishes | undefined;
  private mark: OutboxMark | undefined;

  constructor(claimId: ClaimId, bridge: Bridge, warn: Warn, publishes?: Publishes) {
    this.claimId = claimId;
    this.bridge = bridge;
    this.warn = warn;
    this.publishes = publishes;
  }

  get hasResponded(): boolean {
    return this.state === 'answered' || this.state === 'answering';
  }

  /** True once the answer counts: it waits for nothing any more. */
  get isAnswered(): boolean {
    return this.state === 'answered';
  }

  answer(code: AnswerCode): Promise<void> {
    if (this.hasResponded) return this.refuse(alreadySettled());
    if (this.state === 'lost') return this.refuse(lost('answer'));
    if (code === ANSWER.ack && this.publishes?.areConfirmed === false) {
      const acked = this.ackAfter(this.publishes);
      // Not awaited, it must not end the thread: the end of `consume` meets the same failure.
      acked.catch(() => undefined);
      return acked;
    }
    return this.answerNow(code);
  }

  /** Its end, after `consume` returned: acks what was not answered. */
  close(): void {
    const code = this.isUndecided && this.claimAnswer() ? ANSWER.ack : ANSWER.none;
    this.bridge.outbox.finish(this.claimId, code, this.mark);
  }

  /** Its end, because `consume` threw: the failure is answered for, and no later call may seem to count. */
  failWith(error: ErrorData, verdict?: Verdict): void {
    // In the claim, too: if the thread ends before this is told, whatever ended it was not this one.
    if (this.isUndecided) this.claimAnswer();
    this.tellFailure(error, verdict);
  }

  /** Its answer is a failure of its own, while others of its batch still run; its end comes later. */
  failAlone(error: ErrorData, verdict?: Verdict): Promise<void> {
    if (this.hasResponded) return this.refuse(alreadySettled());
    if (this.state === 'lost' || !this.claimAnswer()) return this.refuse(lost('answer'));
    this.tellFailure(error, verdict, true);
    return DONE;
  }

  get isLost(): boolean {
    return this.state === 'lost';
  }

  /** The channel went, or the broker took it back: answers are refused. */
  lose(): void {
    this.state = 'lost';
  }

  private get isUndecided(): boolean {
    return this.state === 'open' || this.state === 'answering';
  }

  /** True: the answer counts, and its claim says so. */
  private claimAnswer(): boolean {
    const counts = this.bridge.claims.answer(this.claimId);
    this.state = counts ? 'answered' : 'lost';
    return counts;
  }

  protected tellFailure(error: ErrorData, verdict: Verdict | undefined, goesOn = false): void {
    this.bridge.outbox.command({
      type: 'failed',
      claimId: this.claimId,
      error,
      ...(verdict !== undefined && { verdict }),
      ...(goesOn && { goesOn }),
    });
  }

  /** For whoever must do more when an answer was told. */
  protected told(): void {
    // The outbox posts it with what else is said in this turn.
  }

  /** Rejects, and says so in the log: a call that nobody awaits must neither end the thread nor go unseen. */
  protected refuse(error: DeliveryError): Promise<void> {
    return refused(error, this.warn);
  }

  private answerNow(code: AnswerCode): Promise<void> {
    if (!this.claimAnswer()) return this.refuse(lost('answer'));
    this.mark = this.bridge.outbox.answer(this.claimId, code);
    this.told();
    return DONE;
  }

  /** An ack must not overtake a publish that nobody awaited: if that fails, the message would be gone. */
  private async ackAfter(publishes: Publishes): Promise<void> {
    this.state = 'answering';
    try {
      await publishes.settled();
    } catch (error) {
      if (this.state === 'answering') this.state = 'open';
      throw error;
    }
    if (this.state === 'answering') return this.answerNow(ANSWER.ack);
    // The end of `consume` has acked meanwhile, or the channel went.
    if (!this.hasResponded) await this.refuse(lost('answer'));
  }
}

/** A rejection that is told in the log, and ends no thread when nobody awaits it. */
export function refused(error: DeliveryError, warn: Warn): Promise<void> {
  warn(error);
  const rejected = Promise.reject(error);
  rejected.catch(() => undefined);
  return rejected;
}

export function lost(what: string): DeliveryError {
  return new DeliveryError(
    'DELIVERY_LOST',
    `${what} refused: the channel of this delivery has gone, the broker delivers the message again`,
  );
}

function alreadySettled(): DeliveryError {
  return new DeliveryError('DELIVERY_ALREADY_SETTLED', 'delivery was answered before; an answer is given once');
}
