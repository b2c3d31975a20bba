import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';

/** Two orders per second make about seven deliveries per second: busy, yet readable. */
const ORDER_EVERY_MS = 500;

/** Publishes orders with confirms until the signal aborts. */
export class Customers {
  /** Confirmed messages by routing key. */
  readonly published = new Map<string, number>();
  readonly #connection: ChannelModel;

  constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  /** @throws when the broker refuses a message or goes away */
  async order(signal: AbortSignal): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    channel.on('error', () => undefined); // waitForConfirms rejects
    for (let id = 1; !signal.aborted; id++) {
      const routingKey = id % 4 === 0 ? 'order.cancelled' : 'order.created';
      const order = { id, total: Math.round(Math.random() * 20_000) / 100 };
      const options = { persistent: true, contentType: 'application/json' };
      channel.publish('shop', routingKey, Buffer.from(JSON.stringify(order)), options);
      await channel.waitForConfirms();
      this.published.set(routingKey, (this.published.get(routingKey) ?? 0) + 1);
      await sleep(ORDER_EVERY_MS, undefined, { signal }).catch(() => undefined); // the signal ends the loop
    }
    await channel.close();
  }
}
