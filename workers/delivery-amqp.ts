import type { Amqp, Body, DeliverySignal, Headers, PublishOptions, RequeueOptions } from '../src/consumer-api/index.js';
import { asError, DeliveryError, DispatcherError } from '../src/errors/index.js';
import { ANSWER, type AnswerCode, type Ticket, type WorkerClaims } from '../src/protocol/index.js';
import { Confirmation } from './confirmation.js';
import type { Outbox, OutboxMark } from './outbox.js';
import { encodePublish } from './publish-encoder.js';
import type { PublishRequests } from './publish-requests.js';

/** What a delivery's `amqp` needs of its thread. */
export interface Bridge {
  readonly claims: WorkerClaims;
  readonly outbox: Outbox;
  readonly requests: PublishRequests;
}

const DONE = Promise.resolve();

/**
 * `amqp` of one delivery.
 *
 *     open ── ack, nack, reject ──▶ answered        (second answer: DELIVERY_ALREADY_SETTLED)
 *       ├──── consume threw ──────────▲
 *       └──── channel went ───────▶ lost            (answers and publishes: DELIVERY_LOST)
 *
 * Whether an answer still counts is decided in shared memory, against the main thread: so `await amqp.ack()` costs no
 * round trip and is refused all the same when the channel has gone.
 */
export class DeliveryAmqp implements Amqp {
  readonly ticket: Ticket;
  private readonly bridge: Bridge;
  private readonly warn: (error: Error) => void;
  private state: 'open' | 'answering' | 'answered' | 'lost' = 'open';
  private mark: OutboxMark | undefined;
  private controller: AbortController | undefined;
  private abortReason: DispatcherError | undefined;
  private publishes: Confirmation[] | undefined;
  /** Set by the instance: what a slow consumer says is not held back for a batch while others compute. */
  eager = false;
  /** Set by the instance: nothing much follows the answer, which can go together with the end of the delivery. */
  endsSoon = false;
  /** When an eager answer was given; undefined before. */
  answeredAt: number | undefined;

  constructor(ticket: Ticket, bridge: Bridge, warn: (error: Error) => void) {
    this.ticket = ticket;
    this.bridge = bridge;
    this.warn = warn;
  }

  get hasResponded(): boolean {
    return this.state === 'answered' || this.state === 'answering';
  }

  get signal(): DeliverySignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  ack(): Promise<void> {
    return this.answer(ANSWER.ack);
  }

  nack(options?: RequeueOptions): Promise<void> {
    return this.answer(options?.requeue === false ? ANSWER.nackDrop : ANSWER.nackRequeue);
  }

  reject(options?: RequeueOptions): Promise<void> {
    return this.answer(options?.requeue === false ? ANSWER.rejectDrop : ANSWER.rejectRequeue);
  }

  publish(exchange: string, routingKey: string, headers: Headers, body: Body, options?: PublishOptions): Promise<void> {
    if (this.state === 'lost') return this.refuse(lost('publish'));
    let sent: Confirmation;
    try {
      const encoded = encodePublish(exchange, routingKey, headers, body, options);
      sent = this.bridge.requests.send(this.ticket, encoded);
    } catch (error) {
      // Like one that the broker refused: a publish that nobody awaits fails its delivery, not its thread.
      sent = new Confirmation();
      sent.refuse(asError(error));
    }
    this.publishes ??= [];
    this.publishes.push(sent);
    if (this.eager) this.bridge.outbox.flushIfComputing(performance.now());
    return sent;
  }

  /** Ends the delivery after `consume` returned: acks what was not answered. Rejects as a publish in the air did. */
  finish(): void | Promise<void> {
    if (this.publishes === undefined || areConfirmed(this.publishes)) return this.close();
    if (this.state === 'answered') {
      // Too late for the answer: all that can be done for a publish that nobody looked at is to say so.
      this.settlePublishes(this.publishes).catch(this.warn);
      return this.close();
    }
    return this.settlePublishes(this.publishes).then(() => this.close());
  }

  /** Ends the delivery after `consume` threw: the failure is answered for, and no later call may seem to count. */
  fail(): void {
    if (this.state !== 'lost') this.state = 'answered';
  }

  /** Aborts the signal; `lost` also refuses later answers and publishes. */
  abort(reason: DispatcherError): void {
    if (reason.code === 'DELIVERY_LOST') this.state = 'lost';
    this.abortReason ??= reason;
    this.controller?.abort(reason);
  }

  private close(): void {
    const { claims, outbox } = this.bridge;
    let code: AnswerCode = ANSWER.none;
    if (this.state === 'open' || this.state === 'answering') {
      const counts = claims.answer(this.ticket);
      this.state = counts ? 'answered' : 'lost';
      if (counts) code = ANSWER.ack;
    }
    outbox.finish(this.ticket, code, this.mark);
  }

  private answer(code: AnswerCode): Promise<void> {
    if (this.hasResponded) {
      return this.refuse(
        new DeliveryError('DELIVERY_ALREADY_SETTLED', `delivery was answered before; an answer is given once`),
      );
    }
    if (this.state === 'lost') return this.refuse(lost('answer'));
    if (code === ANSWER.ack && this.publishes !== undefined && !areConfirmed(this.publishes)) {
      const acked = this.ackAfterPublishes(this.publishes);
      // Not awaited, it must not end the thread: `finish` rejects with the same failure.
      acked.catch(() => undefined);
      return acked;
    }
    return this.answerNow(code);
  }

  private answerNow(code: AnswerCode): Promise<void> {
    const { claims, outbox } = this.bridge;
    if (!claims.answer(this.ticket)) {
      this.state = 'lost';
      return this.refuse(lost('answer'));
    }
    this.state = 'answered';
    this.mark = outbox.answer(this.ticket, code);
    if (this.eager) {
      this.answeredAt = performance.now();
      if (!this.endsSoon) outbox.flushIfComputing(this.answeredAt);
    }
    return DONE;
  }

  /** An ack must not overtake a publish that nobody awaited: if that fails, the message would be gone. */
  private async ackAfterPublishes(publishes: readonly Confirmation[]): Promise<void> {
    this.state = 'answering';
    try {
      await this.settlePublishes(publishes);
    } catch (error) {
      if (this.state === 'answering') this.state = 'open';
      throw error;
    }
    if (this.state === 'answering') return this.answerNow(ANSWER.ack);
    // The end of `consume` has acked meanwhile, or the channel went.
    if (!this.hasResponded) await this.refuse(lost('answer'));
  }

  private async settlePublishes(publishes: readonly Confirmation[]): Promise<void> {
    for (const publish of publishes) await publish.settled();
    const failed = publishes.find((publish) => publish.failure !== undefined && !publish.observed);
    if (failed?.failure !== undefined) throw failed.failure;
  }

  /** Rejects, and says so in the log: a call that nobody awaits must neither end the thread nor go unseen. */
  private refuse(error: DeliveryError): Promise<void> {
    this.warn(error);
    const refused = Promise.reject(error);
    refused.catch(() => undefined);
    return refused;
  }
}

/** As nearly always by then, when a consumer awaits its publishes: no promise is needed. */
function areConfirmed(publishes: readonly Confirmation[]): boolean {
  return publishes.every(({ confirmed }) => confirmed);
}

function lost(what: string): DeliveryError {
  return new DeliveryError(
    'DELIVERY_LOST',
    `${what} refused: the channel of this delivery has gone, the broker delivers the message again`,
  );
}
