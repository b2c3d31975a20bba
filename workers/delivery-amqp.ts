import { performance } from 'node:perf_hooks';
import type { Amqp, DeliverySignal, RequeueOptions } from '../src/consumer-api/index.js';
import type { DispatcherError } from '../src/errors/index.js';
import { ANSWER, type AnswerCode, type ClaimId } from '../src/protocol/index.js';
import { LazySignal } from './lazy-signal.js';
import { lost, OpenDelivery } from './open-delivery.js';
import { Publishes } from './publishes.js';

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
