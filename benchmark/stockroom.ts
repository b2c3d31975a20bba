import { type ChannelModel, connect } from 'amqplib';

export interface Stock {
  readonly queue: string;
  readonly messages: number;
  readonly bodyBytes: number;
}

const CONFIRM_EVERY = 1000;

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
  async stock({ queue, messages, bodyBytes }: Stock): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    const body = Buffer.alloc(bodyBytes, 'x');
    for (let sent = 1; sent <= messages; sent++) {
      channel.sendToQueue(queue, body, { persistent: false });
      if (sent % CONFIRM_EVERY === 0) await channel.waitForConfirms();
    }
    await channel.waitForConfirms();
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
