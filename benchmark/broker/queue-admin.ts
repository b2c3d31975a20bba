import { type ChannelModel, connect } from 'amqplib';
import type { BenchmarkMessage } from '../contestants/contestant.js';

export interface QueueContents {
  readonly queue: string;
  readonly messages: number;
  readonly bodyBytes: number;
  /** Called once for each message. Default: plain bytes. */
  readonly makeMessage?: (() => BenchmarkMessage) | undefined;
}

/** Limits of what may be unconfirmed at a time, so that the broker keeps up. */
const CONFIRM_EVERY_BYTES = 4 * 1024 * 1024;
const CONFIRM_EVERY = 1000;

/** A target queue drops its oldest messages beyond this. */
const TARGET_LENGTH = 1000;

/** The harness's own connection: declares and fills queues before a round, and deletes them afterwards. */
export class QueueAdmin {
  readonly #connection: ChannelModel;

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<QueueAdmin> {
    const connection = await connect(url, { noDelay: true });
    connection.on('error', () => undefined); // the pending call rejects
    return new QueueAdmin(connection);
  }

  get brokerVersion(): string {
    const { product, version } = this.#connection.connection.serverProperties;
    return `${product} ${version}`;
  }

  /** Declares the queue and fills it with transient messages; resolves once the broker has confirmed all of them. */
  async create({ queue, messages, bodyBytes, makeMessage = plainBytes(bodyBytes) }: QueueContents): Promise<void> {
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

  /** Declares a queue for consumers to publish to. It drops its oldest messages, so it never fills the broker. */
  async declareTarget(queue: string): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-max-length': TARGET_LENGTH, 'x-overflow': 'drop-head' },
    });
    await channel.close();
  }

  async delete(queue: string): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.deleteQueue(queue);
    await channel.close();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function plainBytes(bodyBytes: number): () => BenchmarkMessage {
  const message = { body: Buffer.alloc(bodyBytes, 'x') };
  return () => message;
}
