import type { Channel } from 'amqplib';
import { MessageMemory } from '../../amqp/index.js';
import { BrokerError } from '../../errors/index.js';
import { pause } from '../../timing/index.js';
import { causeOf, type LiveConnection, watchConnection } from '../connection/live-connection.js';
import { connectOnce, type OneConnectionOptions } from '../connection/one-connection.js';
import { type BrokerWords, brokerWords, reasonOf } from '../connection/refusal.js';
import type { BrokerServer } from '../connection/server.js';
import { openChannel } from '../topology/declaration.js';

const CLOSE_TIMEOUT_MS = 2_000;
const NOT_FOUND = 404;

export type QuestionsOptions = Omit<OneConnectionOptions, 'memory'>;

/**
 * Asks the broker one question at a time, each on a channel of its own, because a refusal closes the channel. A refusal that
 * closes the connection costs a new one.
 */
export class Questions {
  private readonly options: QuestionsOptions;
  private connection: LiveConnection;

  private constructor(options: QuestionsOptions, connection: LiveConnection) {
    this.options = options;
    this.connection = connection;
  }

  /** @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE` */
  static async open(options: QuestionsOptions): Promise<Questions> {
    return new Questions(options, await connected(options));
  }

  get server(): BrokerServer {
    return this.connection.server;
  }

  /**
   * Returns the broker's words if it refuses.
   *
   * @throws BrokerError `BROKER_UNREACHABLE` when the connection is lost without a word of the broker
   */
  async ask(question: (channel: Channel) => Promise<unknown>): Promise<BrokerWords | undefined> {
    this.options.signal.throwIfAborted();
    if (this.connection.gone.aborted) this.connection = await connected(this.options);
    try {
      const channel = await openChannel(this.connection.opened);
      await question(channel);
      await channel.close();
      return undefined;
    } catch (error) {
      const cause = causeOf(this.connection, error);
      const words = brokerWords(cause);
      if (words === undefined) throw new BrokerError('BROKER_UNREACHABLE', reasonOf(cause), { cause });
      return { ...words, text: words.text.replace(/\s+/g, ' ') };
    }
  }

  /** Tells whether a queue or an exchange exists, by a passive declaration; in the broker's words if it does not say. */
  async existence(kind: 'queue' | 'exchange', name: string): Promise<'exists' | 'missing' | BrokerWords> {
    const words = await this.ask((channel) =>
      kind === 'queue' ? channel.checkQueue(name) : channel.checkExchange(name),
    );
    if (words === undefined) return 'exists';
    return words.code === NOT_FOUND ? 'missing' : words;
  }

  async close(): Promise<void> {
    if (this.connection.gone.aborted) return;
    const closed = this.connection.opened.close().catch(() => undefined);
    await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, this.options.signal)]);
  }
}

async function connected(options: QuestionsOptions): Promise<LiveConnection> {
  return watchConnection(await connectOnce({ ...options, memory: new MessageMemory() }));
}
