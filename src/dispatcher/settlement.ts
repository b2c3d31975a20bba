import type { AnswerName } from '../protocol/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';

/**
 * Judges whether an answer may be sent: once for each delivery, and only on the channel that it came from. With the answer
 * ends our hold on the message's memory.
 */
export class Settlement {
  private readonly feed: DeliveryFeed;

  constructor(feed: DeliveryFeed) {
    this.feed = feed;
  }

  /** Sends the answer if none was sent before and the channel lives. */
  settle(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void {
    if (delivery.state === 'settled' || delivery.state === 'lost') return;
    if (!delivery.epoch.settle(delivery.message.deliveryTag, answer)) {
      return this.lose(delivery, 'its channel closed before the answer could be sent');
    }
    delivery.state = 'settled';
    // Watchers may read the message.
    this.feed.answered.emit({ delivery, answer });
    delivery.message.release();
  }

  /** The channel has gone, or the broker has taken it back: it is not answered any more. */
  lose(delivery: Delivery, reason: string): void {
    if (delivery.state === 'settled' || delivery.state === 'lost') return;
    delivery.state = 'lost';
    delivery.epoch.forgo(delivery.message.deliveryTag);
    this.feed.lost.emit({ delivery, reason });
    delivery.message.release();
  }
}
