import { performance } from 'node:perf_hooks';
import {
  ANSWER,
  type AnswerCode,
  type ClaimId,
  type ConsumerDecision,
  type DeliveryReader,
  type ErrorData,
  type WorkerClaims,
} from '../../src/bridge/index.js';
import type { Amqp, DeliverySignal, RequeueOptions } from '../../src/consumer-api/index.js';
import type { DeliveryError, DispatcherError } from '../../src/errors/index.js';
import type { PublishRequests } from '../publish/publish-requests.js';
import { Publishes } from '../publish/publishes.js';
import { LazySignal } from './lazy-signal.js';
import { NO_MARK, type Outbox, type OutboxMark } from './outbox.js';
import { alreadySettled, lost, refused, type Warn } from './refused-call.js';

/** The parts of a thread that a delivery uses. */
export interface Bridge {
  readonly claims: WorkerClaims;
  readonly reader: Pick<DeliveryReader, 'began' | 'ended'>;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
}

/** An accepted answer needs no round trip. */
export const DONE = Promise.resolve();

/**
 * A delivery that a consumer has begun, and its one answer.
 *
 *     open ── ack, nack, reject ──▶ answered        (second answer: DELIVERY_ALREADY_SETTLED)
 *       ├──── consume threw ──────────▲
 *       └──── channel went ───────▶ lost            (answers and publishes: DELIVERY_LOST)
 *
 * Shared memory decides whether an answer counts, so `await amqp.ack()` takes no round trip.
 */
export class OpenDelivery {
  readonly claimId: ClaimId;
  protected readonly bridge: Bridge;
  protected readonly warn: Warn;
  protected state: 'open' | 'answering' | 'answered' | 'lost' = 'open';
  protected publishes: Publishes | undefined;
  private mark: OutboxMark = NO_MARK;

  constructor(claimId: ClaimId, bridge: Bridge, warn: Warn, publishes?: Publishes) {
    this.claimId = claimId;
    this.bridge = bridge;
    this.warn = warn;
    this.publishes = publishes;
  }

  get hasResponded(): boolean {
    return this.state === 'answered' || this.state === 'answering';
  }

  get isAnswered(): boolean {
    return this.state === 'answered';
  }

  /** @param nowMs `performance.now()` */
  beginsAt(nowMs: number): void {
    this.bridge.reader.began(this.claimId.cell, nowMs);
  }

  /** @param nowMs `performance.now()` */
  endsAt(nowMs: number): void {
    this.bridge.reader.ended(this.claimId.cell, nowMs);
  }

  answer(code: AnswerCode): Promise<void> {
    if (this.hasResponded) return this.refuse(alreadySettled());
    if (this.state === 'lost') return this.refuse(lost('answer'));
    if (code === ANSWER.ack && this.publishes?.areConfirmed === false) {
      const acked = this.ackAfter(this.publishes);
      // The end of `consume` meets the same failure.
      acked.catch(() => undefined);
      return acked;
    }
    return this.answerNow(code);
  }

  /** Ends it after `consume` returned; acks if unanswered. */
  close(): void {
    const code = this.isUndecided && this.claimAnswer() ? ANSWER.ack : ANSWER.none;
    this.bridge.outbox.finish(this.claimId, code, this.mark);
  }

  /** Ends it after `consume` threw. */
  failWith(error: ErrorData, decision?: ConsumerDecision): void {
    // On the claim, too: whatever ends the thread now, it was not this delivery.
    if (this.isUndecided) this.claimAnswer();
    this.tellFailure(error, decision);
  }

  /** Fails it alone; its end comes later, with its batch. */
  failAlone(error: ErrorData, decision?: ConsumerDecision): Promise<void> {
    if (this.hasResponded) return this.refuse(alreadySettled());
    if (this.state === 'lost' || !this.claimAnswer()) return this.refuse(lost('answer'));
    this.tellFailure(error, decision, true);
    return DONE;
  }

  get isLost(): boolean {
    return this.state === 'lost';
  }

  lose(): void {
    this.state = 'lost';
  }

  private get isUndecided(): boolean {
    return this.state === 'open' || this.state === 'answering';
  }

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

  protected told(): void {
    // Only DeliveryAmqp does more.
  }

  /** A call that nobody awaits must neither end the thread nor go unseen. */
  protected refuse(error: DeliveryError): Promise<void> {
    return refused(error, this.warn);
  }

  private answerNow(code: AnswerCode): Promise<void> {
    if (!this.claimAnswer()) return this.refuse(lost('answer'));
    this.mark = this.bridge.outbox.answer(this.claimId, code);
    this.told();
    return DONE;
  }

  /** If an ack overtook a publish that then fails, the message would be gone. */
  private async ackAfter(publishes: Publishes): Promise<void> {
    this.state = 'answering';
    try {
      await publishes.settled();
    } catch (error) {
      if (this.state === 'answering') this.state = 'open';
      throw error;
    }
    if (this.state === 'answering') return this.answerNow(ANSWER.ack);
    // `consume` ended meanwhile, or the channel closed.
    if (!this.hasResponded) await this.refuse(lost('answer'));
  }
}

/** `amqp` of one delivery. */
export class DeliveryAmqp extends OpenDelivery implements Amqp {
  private lazySignal: LazySignal | undefined;
  /** For a slow consumer: posts its answers at once if others compute. */
  eager = false;
  /** `consume` ends right after its answer: both go together. */
  endsSoon = false;
  /** Defined for eager answers. */
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

  /** Rejects if an unobserved publish failed. */
  finish(): void | Promise<void> {
    const { publishes } = this;
    if (publishes === undefined || publishes.areConfirmed) return this.close();
    if (!this.isAnswered) return publishes.settled().then(() => this.close());
    // Too late for the answer.
    publishes.settled().catch(this.warn);
    return this.close();
  }

  isAmong(claimIds: readonly ClaimId[]): boolean {
    const { cell, generation } = this.claimId;
    return claimIds.some((claimId) => claimId.cell === cell && claimId.generation === generation);
  }

  /** `DELIVERY_LOST` also refuses later answers and publishes. */
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
