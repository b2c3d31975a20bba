import type { Channel } from 'amqplib';

/** How many messages a reader removes last. */
export const GUARD_COUNT = 2;

/**
 * Two consumers of one message each, which are cancelled only when everything else has been removed.
 *
 * A channel keeps acks back while 32 of its commands to a quorum queue are not on disk, and loses them when it ends
 * (`unsent_commands` in RabbitMQ's rabbit_fifo_client.erl). Cancelling a consumer waits for the disk, after which the
 * channel sends what it kept back. A consumer that is full takes no message meanwhile, as a new one would.
 */
export class Guards {
  private readonly consumerTags: string[] = [];
  private readonly held = new Set<number>();
  private removed: number[] = [];
  private isOver = false;

  get areMissing(): boolean {
    return !this.isOver && this.consumerTags.length < GUARD_COUNT;
  }

  add(consumerTag: string, deliveryTag: number): void {
    this.consumerTags.push(consumerTag);
    this.held.add(deliveryTag);
  }

  /** True when the message belongs to a guard, and is removed with it. */
  postpones(deliveryTag: number): boolean {
    if (!this.held.has(deliveryTag)) return false;
    this.removed.push(deliveryTag);
    return true;
  }

  /**
   * Resolves with the messages to remove now, when the queue has got every earlier ack; there are no further guards. Also
   * for a queue with a single active consumer, which gives the second guard nothing.
   */
  async cancel(channel: Channel): Promise<readonly number[]> {
    this.isOver = true;
    for (const tag of this.consumerTags.splice(0)) await channel.cancel(tag);
    this.held.clear();
    const { removed } = this;
    this.removed = [];
    return removed;
  }
}
