import { performance } from 'node:perf_hooks';
import {
  ANSWER,
  type AnswerCode,
  type ClaimId,
  type ConsumerDecision,
  type ErrorData,
  toErrorData,
} from '../../src/bridge/index.js';
import type { BatchAmqp, DeliverySignal, Message, RequeueOptions } from '../../src/consumer-api/index.js';
import { DeliveryError, type DispatcherError } from '../../src/errors/index.js';
import { decisionOf } from '../instance/consumer-decision.js';
import type { Running } from '../instance/running.js';
import { Publishes } from '../publish/publishes.js';
import { type Bridge, DONE, nackCode, OpenDelivery, rejectCode } from './delivery-amqp.js';
import { LazySignal } from './lazy-signal.js';
import { lost, refused, type Warn } from './refused-call.js';

/** A begun delivery of a batch. */
export interface Batched {
  readonly claimId: ClaimId;
  readonly message: Message;
  readonly warn: Warn;
}

/** Of one message, or of all without an answer. */
type Chosen = [options?: RequeueOptions | undefined] | [message: Message, options?: RequeueOptions | undefined];

/** `amqp` of one batch. Its deliveries may be lost separately; every ack awaits all its publishes. */
export class DeliveryBatchAmqp implements BatchAmqp, Running {
  /** For the main thread, the last to begin is the one that runs. */
  readonly claimId: ClaimId;
  private readonly bridge: Bridge;
  private readonly warn: Warn;
  private readonly deliveries: ReadonlyMap<Message, OpenDelivery>;
  private readonly publishes = new Publishes();
  private readonly lazySignal = new LazySignal();
  /** True for all messages without an answer. */
  private isLost = false;
  private hasFailures = false;

  constructor(batched: readonly [Batched, ...Batched[]], bridge: Bridge, warn: Warn) {
    this.claimId = (batched.at(-1) ?? batched[0]).claimId;
    this.bridge = bridge;
    this.warn = warn;
    this.deliveries = new Map(
      batched.map((each) => [each.message, new OpenDelivery(each.claimId, bridge, each.warn, this.publishes)]),
    );
  }

  get hasResponded(): boolean {
    return this.open.length === 0;
  }

  beginsAt(nowMs: number): void {
    for (const delivery of this.deliveries.values()) delivery.beginsAt(nowMs);
  }

  endsAt(nowMs: number): void {
    for (const delivery of this.deliveries.values()) delivery.endsAt(nowMs);
  }

  get signal(): DeliverySignal {
    return this.lazySignal.signal;
  }

  hasRespondedTo(message: Message): boolean {
    return this.deliveries.get(message)?.hasResponded === true;
  }

  // `ack(messages[i])` with a wrong index must not ack the whole batch.
  ack(...chosen: [message?: Message]): Promise<void> {
    return chosen.length === 0 ? this.answerOpen(ANSWER.ack) : this.answerOne(chosen[0], ANSWER.ack);
  }

  nack(...chosen: Chosen): Promise<void> {
    return this.answerChosen(chosen, nackCode);
  }

  reject(...chosen: Chosen): Promise<void> {
    return this.answerChosen(chosen, rejectCode);
  }

  fail(message: Message, error: unknown): Promise<void> {
    const delivery = this.deliveries.get(message);
    if (delivery === undefined) return this.refuseForeign();
    this.hasFailures = true;
    return delivery.failAlone(toErrorData(error), decisionOf(error));
  }

  publish(...message: Parameters<BatchAmqp['publish']>): Promise<void> {
    if (this.isLost) return refused(lost('publish'), this.warn);
    const sent = this.publishes.send(this.bridge.requests, this.claimId, ...message);
    this.bridge.outbox.flushIfComputing(performance.now());
    return sent;
  }

  finish(): void | Promise<void> {
    if (this.publishes.areConfirmed) return this.end();
    if (this.unanswered.length > 0) return this.publishes.settled().then(() => this.end());
    // Too late for the answers.
    this.publishes.settled().catch(this.warn);
    return this.end();
  }

  /** If all have an answer, the last reports the throw, or nobody would see it. */
  failWith(error: ErrorData, decision?: ConsumerDecision): void {
    const { unanswered } = this;
    const failed = new Set(unanswered.length > 0 ? unanswered : [...this.deliveries.values()].slice(-1));
    this.tellFailures();
    for (const delivery of this.deliveries.values()) {
      if (failed.has(delivery)) delivery.failWith(error, decision);
      else delivery.close();
    }
  }

  isAmong(claimIds: readonly ClaimId[]): boolean {
    return this.among(claimIds).length > 0;
  }

  abort(reason: DispatcherError, claimIds?: readonly ClaimId[]): void {
    if (reason.code === 'DELIVERY_LOST') {
      const { unanswered } = this;
      const meant = new Set(claimIds === undefined ? unanswered : this.among(claimIds));
      for (const delivery of unanswered) if (meant.has(delivery)) delivery.lose();
      this.isLost = unanswered.every((delivery) => delivery.isLost);
    }
    this.lazySignal.abort(reason);
  }

  private among(claimIds: readonly ClaimId[]): OpenDelivery[] {
    const generations = new Map(claimIds.map(({ cell, generation }) => [cell, generation]));
    return [...this.deliveries.values()].filter(({ claimId }) => generations.get(claimId.cell) === claimId.generation);
  }

  private get open(): OpenDelivery[] {
    return [...this.deliveries.values()].filter(({ hasResponded }) => !hasResponded);
  }

  private get unanswered(): OpenDelivery[] {
    return [...this.deliveries.values()].filter(({ isAnswered }) => !isAnswered);
  }

  private answerChosen(chosen: Chosen, codeOf: (options?: RequeueOptions) => AnswerCode): Promise<void> {
    const [first, options] = chosen;
    if (chosen.length === 0) return this.answerOpen(codeOf());
    return isOptions(first) ? this.answerOpen(codeOf(first)) : this.answerOne(first, codeOf(options));
  }

  private answerOne(message: Message | undefined, code: AnswerCode): Promise<void> {
    const delivery = message === undefined ? undefined : this.deliveries.get(message);
    if (delivery === undefined) return this.refuseForeign();
    const answered = delivery.answer(code);
    // A consumer may compute between its answers.
    this.bridge.outbox.flushIfComputing(performance.now());
    return answered;
  }

  private answerOpen(code: AnswerCode): Promise<void> {
    if (this.isLost) return refused(lost('answer'), this.warn);
    const pending = this.open.map((delivery) => delivery.answer(code)).filter((answer) => answer !== DONE);
    if (pending.length === 0) return DONE;
    const all = Promise.all(pending).then(() => undefined);
    // Each is logged.
    all.catch(() => undefined);
    return all;
  }

  private end(): void {
    this.tellFailures();
    for (const delivery of this.deliveries.values()) delivery.close();
  }

  /** The main thread reads a post's ends before its failures. */
  private tellFailures(): void {
    if (this.hasFailures) this.bridge.outbox.flush();
  }

  private refuseForeign(): Promise<void> {
    const error = new DeliveryError('DELIVERY_NOT_IN_BATCH', 'answer refused: the message is not in this batch');
    return refused(error, this.warn);
  }
}

/** Strict: a foreign message or a decoded body must not answer the batch. */
function isOptions(value: unknown): value is RequeueOptions {
  if (typeof value !== 'object' || value === null) return false;
  const made: unknown = Object.getPrototypeOf(value);
  return (made === Object.prototype || made === null) && Object.keys(value).every((key) => key === 'requeue');
}
