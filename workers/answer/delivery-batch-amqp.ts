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
import type { Running } from '../instance/consumer-instance.js';
import { Publishes } from '../publish/publishes.js';
import { type Bridge, DONE, nackCode, OpenDelivery, rejectCode } from './delivery-amqp.js';
import { LazySignal } from './lazy-signal.js';
import { lost, refused, type Warn } from './refused-call.js';

/** What a batch is made of: the claims that were begun for it, each with its message. */
export interface Batched {
  readonly claimId: ClaimId;
  readonly message: Message;
  /** Tells the log of it. */
  readonly warn: Warn;
}

/** The messages that an answer is for: one, or all that have none yet. */
type Chosen = [options?: RequeueOptions | undefined] | [message: Message, options?: RequeueOptions | undefined];

/**
 * `amqp` of one batch. Some of its deliveries may be lost without the others, which can still be answered: they came over
 * another channel, or the broker took them back. What is published belongs to all of them, so an ack of any waits for it.
 */
export class DeliveryBatchAmqp implements BatchAmqp, Running {
  /** The last message's: for the main thread, the last one that began is the one that runs. */
  readonly claimId: ClaimId;
  private readonly bridge: Bridge;
  private readonly warn: Warn;
  private readonly deliveries: ReadonlyMap<Message, OpenDelivery>;
  private readonly publishes = new Publishes();
  private readonly lazySignal = new LazySignal();
  /** All messages without an answer. */
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

  get signal(): DeliverySignal {
    return this.lazySignal.signal;
  }

  hasRespondedTo(message: Message): boolean {
    return this.deliveries.get(message)?.hasResponded === true;
  }

  // By the count of arguments: `ack(messages[i])` with an index too far must not ack the whole batch.
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
    // Too late for the answers: all that can be done for a publish that nobody looked at is to say so.
    this.publishes.settled().catch(this.warn);
    return this.end();
  }

  /** An answered message keeps its answer. If all are answered, the last one reports the throw, or nobody would see it. */
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
    // One that computes between its answers does not hold them back until the batch is done.
    this.bridge.outbox.flushIfComputing(performance.now());
    return answered;
  }

  private answerOpen(code: AnswerCode): Promise<void> {
    if (this.isLost) return refused(lost('answer'), this.warn);
    const pending = this.open.map((delivery) => delivery.answer(code)).filter((answer) => answer !== DONE);
    if (pending.length === 0) return DONE;
    const all = Promise.all(pending).then(() => undefined);
    // Each of them is told in the log: not awaited, they must not end the thread.
    all.catch(() => undefined);
    return all;
  }

  private end(): void {
    this.tellFailures();
    for (const delivery of this.deliveries.values()) delivery.close();
  }

  /** The main thread reads the ends in a post before its failures, so a post with failures goes out first. */
  private tellFailures(): void {
    if (this.hasFailures) this.bridge.outbox.flush();
  }

  private refuseForeign(): Promise<void> {
    const error = new DeliveryError('DELIVERY_NOT_IN_BATCH', 'answer refused: the message is not in this batch');
    return refused(error, this.warn);
  }
}

/**
 * Nothing else is taken for options: a message of another batch, its decoded body, or an object that inherits from a message
 * must not answer the whole batch.
 */
function isOptions(value: unknown): value is RequeueOptions {
  if (typeof value !== 'object' || value === null) return false;
  const made: unknown = Object.getPrototypeOf(value);
  return (made === Object.prototype || made === null) && Object.keys(value).every((key) => key === 'requeue');
}
