import { type ClaimId, type IncomingDelivery, type SlotSpec, toErrorData } from '../../src/bridge/index.js';
import type { BatchAmqp, BatchConsumer, ConsumerContext, Handler, Message } from '../../src/consumer-api/index.js';
import { DeliveryAmqp } from '../answer/delivery-amqp.js';
import { type Batched, DeliveryBatchAmqp } from '../answer/delivery-batch-amqp.js';
import type { Warn } from '../answer/refused-call.js';
import { type ConsumerParts, construct } from '../load/consumer-parts.js';
import { ConsumerMessage } from '../message/consumer-message.js';
import { fieldsOf } from '../message/message-fields.js';
import { decisionOf } from './consumer-decision.js';
import { ConsumerInstance } from './consumer-instance.js';
import type { InstanceHost } from './instance-host.js';
import { InvalidMessage } from './invalid-message.js';

/** The delivery serves its span. */
interface Claimed extends Batched {
  readonly delivery: IncomingDelivery;
}

/** An instance whose `consume` gets a batch. */
export class BatchInstance extends ConsumerInstance<BatchConsumer, DeliveryBatchAmqp> {
  private readonly parts: ConsumerParts<BatchConsumer>;
  private handler: Handler<readonly Message[], BatchAmqp> | undefined;
  private isWoken = false;
  private length = 0;

  constructor(spec: SlotSpec, parts: ConsumerParts<BatchConsumer>, host: InstanceHost) {
    super({ ...spec, options: parts.options }, host);
    this.parts = parts;
  }

  protected override make(context: ConsumerContext): BatchConsumer {
    const { consumer, handler } = construct<BatchConsumer, Parameters<BatchConsumer['consume']>>(
      this.parts,
      context,
      this.spec.consumer,
    );
    this.handler = handler;
    return consumer;
  }

  protected override run(consumer: BatchConsumer): void {
    const claimed = this.claimed();
    const [first, ...others] = claimed;
    if (first === undefined) return;
    const { handler } = this;
    const amqp = new DeliveryBatchAmqp([first, ...others], this.host, (error) =>
      this.warn(error, () => this.logFields()),
    );
    // A copy, because the consumer may sort it.
    const messages = [first, ...others].map(({ message }) => message);
    this.length = messages.length;
    this.begin(amqp);
    this.observed.begin(() => claimed);
    try {
      const call = (): void | Promise<void> =>
        handler === undefined ? consumer.consume(amqp, messages) : handler(amqp, messages);
      this.follow(this.observed.run(call, () => messages, this));
    } catch (error) {
      this.failed(error);
    }
  }

  /** The rest of the batch is in the same post. */
  protected override wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    queueMicrotask(() => {
      this.isWoken = false;
      this.host.runnable(this);
    });
  }

  protected override logFields(): object {
    return this.running === undefined ? {} : { messages: this.length };
  }

  protected override ended(now: number): void {
    this.host.outbox.flushIfComputing(now);
  }

  private claimed(): Claimed[] {
    const claimed: Claimed[] = [];
    let hasRefused = false;
    const { batchSize = 1, consumerTag } = this.spec;
    while (claimed.length < batchSize) {
      const claimId = this.nextClaimed();
      if (claimId === undefined) break;
      const delivery = this.host.reader.read(claimId.cell);
      const message = new ConsumerMessage(delivery, consumerTag);
      const warn: Warn = (error) => this.warn(error, () => fieldsOf(delivery));
      const errors = this.wrongWith(claimId, message);
      if (errors === undefined) claimed.push({ claimId, delivery, message, warn });
      else {
        hasRefused = true;
        this.refuse(claimId, warn, new InvalidMessage(errors));
      }
    }
    // Before the others run, or the main thread takes it for running.
    if (hasRefused) this.host.outbox.flush();
    return claimed;
  }

  private wrongWith(claimId: ClaimId, message: ConsumerMessage): readonly string[] | undefined {
    const unreadable = message.unreadable();
    const { decode } = this.parts;
    if (unreadable !== undefined || decode === undefined) return unreadable;
    // A pattern may run for ever: the timeout watch must see it.
    this.host.claims.enter(claimId);
    const errors = decode(message);
    this.host.claims.leave();
    return errors;
  }

  private refuse(claimId: ClaimId, warn: Warn, invalid: InvalidMessage): void {
    new DeliveryAmqp(claimId, this.host, warn).failWith(toErrorData(invalid), decisionOf(invalid));
  }
}
