import { performance } from 'node:perf_hooks';
import {
  ANSWER,
  type AnswerCode,
  type ClaimId,
  type ConsumerDecision,
  type ErrorData,
  type WorkerClaims,
} from '../../src/bridge/index.js';
import type { Amqp, DeliverySignal, RequeueOptions } from '../../src/consumer-api/index.js';
import type { DeliveryError, DispatcherError } from '../../src/errors/index.js';
import type { PublishRequests } from '../publish/publish-requests.js';
import { Publishes } from '../publish/publishes.js';
import { LazySignal } from './lazy-signal.js';
import type { Outbox, OutboxMark } from './outbox.js';
import { alreadySettled, lost, refused, type Warn } from './refused-call.js';

/** What a delivery needs of its thread. */
export interface Bridge {
  readonly claims: WorkerClaims;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
}

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
  failWith(error: ErrorData, decision?: ConsumerDecision): void {
    // In the claim, too: if the thread ends before this is told, whatever ended it was not this one.
    if (this.isUndecided) this.claimAnswer();
    this.tellFailure(error, decision);
  }

  /** Its answer is a failure of its own, while others of its batch still run; its end comes later. */
  failAlone(error: ErrorData, decision?: ConsumerDecision): Promise<void> {
    if (this.hasResponded) return this.refuse(alreadySettled());
    if (this.state === 'lost' || !this.claimAnswer()) return this.refuse(lost('answer'));
    this.tellFailure(error, decision, true);
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

  protected tellFailure(error: ErrorData, decision: ConsumerDecision | undefined, goesOn = false): void {
    this.bridge.outbox.command({
      type: 'failed',
      claimId: this.claimId,
      error,
      ...(decision !== undefined && { decision }),
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

/** `amqp` of one delivery. */
export class DeliveryAmqp extends OpenDelivery implements Amqp {
  private lazySignal: LazySignal | undefined;
  /** Set by the instance: what a slow consumer says is not held back for a batch while others compute. */
  eager = false;
  /** Set by the instance: nothing much follows the answer, which can go together with the end of the delivery. */
  endsSoon = false;
  /** When an eager answer was given; undefined before. */
  answeredAt: number | undefined;

  get signal(): DeliverySignal {
    this.lazySignal ??= new LazySignal();
    return this.lazySignal.signal;
  }

  ack(): Promise<void> {
    return this.answer(ANSWER.ack);
  }

  nack(options?: RequeueOptions): Promise<void> {
    return this.answer(nackCode(options));
  }

  reject(options?: RequeueOptions): Promise<void> {
    return this.answer(rejectCode(options));
  }

  publish(...message: Parameters<Amqp['publish']>): Promise<void> {
    if (this.state === 'lost') return this.refuse(lost('publish'));
    this.publishes ??= new Publishes();
    const sent = this.publishes.send(this.bridge.requests, this.claimId, ...message);
    if (this.eager) this.bridge.outbox.flushIfComputing(performance.now());
    return sent;
  }

  /** Ends the delivery after `consume` returned: acks what was not answered. Rejects as a publish in the air did. */
  finish(): void | Promise<void> {
    const { publishes } = this;
    if (publishes === undefined || publishes.areConfirmed) return this.close();
    if (!this.isAnswered) return publishes.settled().then(() => this.close());
    // Too late for the answer: all that can be done for a publish that nobody looked at is to say so.
    publishes.settled().catch(this.warn);
    return this.close();
  }

  /** True when it is one of these. */
  isAmong(claimIds: readonly ClaimId[]): boolean {
    const { cell, generation } = this.claimId;
    return claimIds.some((claimId) => claimId.cell === cell && claimId.generation === generation);
  }

  /** Aborts the signal; `lost` also refuses later answers and publishes. */
  abort(reason: DispatcherError): void {
    if (reason.code === 'DELIVERY_LOST') this.lose();
    this.lazySignal ??= new LazySignal();
    this.lazySignal.abort(reason);
  }

  protected override told(): void {
    if (!this.eager) return;
    this.answeredAt = performance.now();
    if (!this.endsSoon) this.bridge.outbox.flushIfComputing(this.answeredAt);
  }
}

export function nackCode(options: RequeueOptions | undefined): AnswerCode {
  return options?.requeue === false ? ANSWER.nackDrop : ANSWER.nackRequeue;
}

export function rejectCode(options: RequeueOptions | undefined): AnswerCode {
  return options?.requeue === false ? ANSWER.rejectDrop : ANSWER.rejectRequeue;
}
