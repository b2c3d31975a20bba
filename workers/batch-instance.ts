import type { BatchConsumer } from '../src/consumer-api/index.js';
import { ConsumerInstance } from './consumer-instance.js';
import { type Batched, DeliveryBatchAmqp } from './delivery-batch-amqp.js';
import { ReceivedMessage } from './received-message.js';

/** An instance that is called with all that was handed to it at one time. */
export class BatchInstance extends ConsumerInstance<BatchConsumer, DeliveryBatchAmqp> {
  private isWoken = false;
  private length = 0;

  protected override run(consumer: BatchConsumer): void {
    const [first, ...others] = this.claimed();
    if (first === undefined) return;
    const amqp = new DeliveryBatchAmqp([first, ...others], this.host, this.warn);
    // An array of its own: the consumer may sort it.
    const messages = [first, ...others].map(({ message }) => message);
    this.length = messages.length;
    this.begin(amqp);
    try {
      this.follow(amqp, consumer.consume(amqp, messages));
    } catch (error) {
      this.failed(amqp, error);
    }
  }

  /** Later in this turn: the rest of the batch is on its way from the same post. */
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

  private claimed(): Batched[] {
    const claimed: Batched[] = [];
    const { batchSize = 1, consumerTag } = this.spec;
    while (claimed.length < batchSize) {
      const ticket = this.nextClaimed();
      if (ticket === undefined) break;
      claimed.push({ ticket, message: new ReceivedMessage(this.host.reader.read(ticket.cell), consumerTag) });
    }
    return claimed;
  }
}
