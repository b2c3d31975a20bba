import { type ChannelModel, connect } from 'amqplib';
import type { StockMessage } from '../contestants/contestant.js';

export interface Stock {
  readonly queue: string;
  readonly messages: number;
  readonly bodyBytes: number;
  /** Called for each message. Default: plain bytes. */
  readonly makeMessage?: (() => StockMessage) | undefined;
}

/** What may be unconfirmed at a time: the broker is to keep up. */
const CONFIRM_EVERY_BYTES = 4 * 1024 * 1024;
const CONFIRM_EVERY = 1000;

/** What a shelf holds before it drops its oldest messages. */
const SHELF_LENGTH = 1000;

/** The harness's own connection: fills queues before a round, and removes them after it. */
export class Stockroom {
  readonly #connection: ChannelModel;

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<Stockroom> {
    const connection = await connect(url, { noDelay: true });
    connection.on('error', () => undefined); // the call that waits rejects
    return new Stockroom(connection);
  }

  get brokerVersion(): string {
    const { product, version } = this.#connection.connection.serverProperties;
    return `${product} ${version}`;
  }

  /** Declares the queue and fills it with transient messages; all are confirmed when this resolves. */
  async stock({ queue, messages, bodyBytes, makeMessage = plainly(bodyBytes) }: Stock): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    let unconfirmedBytes = 0;
    for (let sent = 1; sent <= messages; sent++) {
      const { body, options } = makeMessage();
      channel.sendToQueue(queue, body, { ...options, persistent: false });
      unconfirmedBytes += body.length;
      if (sent % CONFIRM_EVERY !== 0 && unconfirmedBytes < CONFIRM_EVERY_BYTES) continue;
      await channel.waitForConfirms();
      unconfirmedBytes = 0;
    }
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Declares a queue to publish to that never fills the broker: it drops its oldest messages. */
  async putUpShelf(queue: string): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-max-length': SHELF_LENGTH, 'x-overflow': 'drop-head' },
    });
    await channel.close();
  }

  async remove(queue: string): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.deleteQueue(queue);
    await channel.close();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function plainly(bodyBytes: number): () => StockMessage {
  const message = { body: Buffer.alloc(bodyBytes, 'x') };
  return () => message;
}
