import { type Channel, type ChannelModel, connect } from 'amqplib';
import { waitFor } from '../../test/support/wait.js';

const TIMEOUT_MS = 120_000;

/** Watches queues by passive declarations: the management plugin's counts lag by seconds. */
export class QueueGauge {
  readonly #connection: ChannelModel;
  readonly #channel: Channel;

  private constructor(connection: ChannelModel, channel: Channel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  static async open(url: string): Promise<QueueGauge> {
    const connection = await connect(url, { noDelay: true });
    connection.on('error', () => undefined); // the pending call rejects
    return new QueueGauge(connection, await connection.createChannel());
  }

  /** Passes a gauge to `use` and closes it afterwards. */
  static async during<T>(url: string, use: (gauge: QueueGauge) => Promise<T>): Promise<T> {
    const gauge = await QueueGauge.open(url);
    try {
      return await use(gauge);
    } finally {
      await gauge.close();
    }
  }

  /** Resolves once an existing queue has a consumer. */
  async untilConsumed(queue: string): Promise<void> {
    await waitFor(async () => (await this.#channel.checkQueue(queue)).consumerCount > 0, {
      what: `a consumer on ${queue}`,
      timeoutMs: TIMEOUT_MS,
    });
  }

  /** Resolves once the broker has delivered every message of the queue; some may still be unacked. */
  async untilDelivered(queue: string): Promise<void> {
    await waitFor(async () => (await this.#channel.checkQueue(queue)).messageCount === 0, {
      what: `${queue} to be delivered`,
      timeoutMs: TIMEOUT_MS,
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
