import type { IncomingDelivery, SlotSpec } from '../../src/bridge/index.js';
import type { Consumer, ConsumerContext, Handler, Message } from '../../src/consumer-api/index.js';
import { DeliveryAmqp } from '../answer/delivery-amqp.js';
import { type ConsumerParts, construct } from '../load/consumer-parts.js';
import { ConsumerMessage } from '../message/consumer-message.js';
import { fieldsOf } from '../message/message-fields.js';
import { ConsumerInstance } from './consumer-instance.js';
import type { InstanceHost } from './instance-host.js';
import { InvalidMessage } from './invalid-message.js';
import type { Begun } from './observed-consume.js';

/** Batched answers cost slower consumers more latency than they save. */
const SLOW_MS = 1;
/**
 * Both are posted together: each wakes the main thread, whose caches the consumer has emptied (0.1 ms of 5 that it
 * computes).
 */
const SOON_MS = 0.1;

/** The message that an instance handles now. */
interface Current {
  readonly consumer: Consumer;
  readonly amqp: DeliveryAmqp;
  readonly message: ConsumerMessage;
  readonly delivery: IncomingDelivery;
}

/** An instance whose `consume` gets one message. */
export class MessageInstance extends ConsumerInstance<Consumer, DeliveryAmqp> {
  private readonly parts: ConsumerParts<Consumer>;
  private handler: Handler | undefined;
  private current: Current | undefined;
  private serviceMs = 0;
  private endsSoon = false;
  // Made once, not for each message.
  private readonly begun = (): readonly Begun[] => {
    const { current } = this;
    return current === undefined ? [] : [{ claimId: current.amqp.claimId, delivery: current.delivery }];
  };
  private readonly messages = (): readonly Message[] => (this.current === undefined ? [] : [this.current.message]);
  private readonly call = (): void | Promise<void> => {
    const { current, handler } = this;
    if (current === undefined) return;
    const { consumer, amqp, message } = current;
    return handler === undefined ? consumer.consume(amqp, message) : handler(amqp, message);
  };

  constructor(spec: SlotSpec, parts: ConsumerParts<Consumer>, host: InstanceHost) {
    super({ ...spec, options: parts.options }, host);
    this.parts = parts;
  }

  protected override make(context: ConsumerContext): Consumer {
    const { consumer, handler } = construct<Consumer, Parameters<Consumer['consume']>>(
      this.parts,
      context,
      this.spec.consumer,
    );
    this.handler = handler;
    return consumer;
  }

  protected override run(consumer: Consumer): void {
    const claimId = this.nextClaimed();
    if (claimId === undefined) return;
    const delivery = this.host.reader.read(claimId.cell);
    const amqp = new DeliveryAmqp(claimId, this.host, (error) => this.warn(error, () => fieldsOf(delivery)));
    const message = new ConsumerMessage(delivery, this.spec.consumerTag);
    this.current = { consumer, amqp, message, delivery };
    amqp.eager = this.serviceMs > SLOW_MS;
    amqp.endsSoon = this.endsSoon;
    this.begin(amqp);
    this.observed.begin(this.begun);
    try {
      const errors = message.unreadable() ?? this.parts.decode?.(message);
      if (errors !== undefined) throw new InvalidMessage(errors);
      this.follow(this.observed.run(this.call, this.messages, this));
    } catch (error) {
      this.failed(error);
    }
  }

  protected override logFields(): object {
    return this.running === undefined || this.current === undefined ? {} : fieldsOf(this.current.delivery);
  }

  protected override ended(now: number, serviceMs: number, amqp: DeliveryAmqp | undefined): void {
    this.serviceMs = serviceMs;
    this.current = undefined;
    if (amqp?.answeredAt !== undefined) this.endsSoon = now - amqp.answeredAt < SOON_MS;
    if (serviceMs > SLOW_MS) this.host.outbox.flushIfComputing(now);
  }
}
