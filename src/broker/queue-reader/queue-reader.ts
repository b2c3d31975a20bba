import type { Channel } from 'amqplib';
import { decodePropertyList, MessageMemory, type PropertyList, type ReceivedMessage } from '../../amqp/index.js';
import type { WireChannel } from '../../amqp/wire/index.js';
import { BrokerError, messageOf } from '../../errors/index.js';
import { pause, unlessAborted } from '../../timing/index.js';
import type { AmqpConnection, OpenedChannel } from '../connection/amqp-connection.js';
import { connectOnce, type OneConnectionOptions } from '../connection/one-connection.js';
import { hasArguments, isNotFound, readyMessages } from '../topology/declaration.js';
import { BatchSize } from './batch-size.js';
import { Guards } from './guards.js';
import { HeldTags } from './held-tags.js';
import { MessageBatch } from './message-batch.js';
import { requeued } from './requeued.js';

/** A queue silent for this long delivers nothing, although it has messages. */
const SILENCE_MS = 3_000;
/** From 32 batches on, a quorum queue's client joins and shuffles them (seen with RabbitMQ 3.10). */
const RETURNS_AT_ONCE = 16;
const CLOSE_TIMEOUT_MS = 2_000;
const NO_STREAMS = 'it is a stream, from which no message can be taken (expected a classic or quorum queue)';

/** An unanswered message. */
export interface TakenMessage {
  readonly deliveryTag: number;
  readonly properties: Buffer;
  readonly list: PropertyList;
  readonly body: Buffer;
}

export interface QueueReaderOptions extends Omit<OneConnectionOptions, 'memory'> {
  readonly queue: string;
}

/**
 * Takes messages out of a queue over a connection of its own; the broker keeps each until it is removed.
 *
 * Each batch has a consumer of its own, cancelled before the first message is handled, so no answer makes the broker
 * deliver more. `basic.get` takes 20 to 70 times as long (10,000 messages of a quorum queue: 10 s).
 */
export class QueueReader {
  readonly queue: string;
  /** When it was opened. */
  readonly count: number;
  private readonly connection: AmqpConnection;
  private readonly channel: Channel;
  private readonly wire: WireChannel;
  private readonly held = new HeldTags();
  private readonly guards = new Guards();
  private unanswered = 0;
  private batch: MessageBatch<TakenMessage> | undefined;
  private batches = 0;
  private readonly losing = new AbortController();

  private constructor(
    connection: AmqpConnection,
    { channel, wire }: OpenedChannel,
    queue: { name: string; count: number },
  ) {
    this.connection = connection;
    this.channel = channel;
    this.wire = wire;
    this.queue = queue.name;
    this.count = queue.count;
  }

  /** Aborted with `QUEUE_UNREADABLE` when the channel has gone. */
  get gone(): AbortSignal {
    return this.losing.signal;
  }

  /** @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, `QUEUE_UNREADABLE` */
  static async open({ queue, ...options }: QueueReaderOptions): Promise<QueueReader> {
    const connection = await connectOnce({ ...options, memory: new MessageMemory() });
    // The channel reports the reason.
    connection.model.on('error', () => undefined);
    try {
      const count = await readyMessages(connection, queue);
      const reader = new QueueReader(connection, await connection.openChannel(), { name: queue, count });
      reader.watch();
      return reader;
    } catch (error) {
      await closed(connection);
      const why = isNotFound(error) ? `no such queue on virtual host "${options.address.vhost}"` : messageOf(error);
      throw new BrokerError('QUEUE_UNREADABLE', `cannot read "${queue}": ${why}`, { cause: error });
    }
  }

  /**
   * Yields messages in order.
   * @throws BrokerError `QUEUE_UNREADABLE` when the channel goes, or the broker delivers nothing
   */
  async *take(most: number): AsyncGenerator<TakenMessage> {
    const size = new BatchSize();
    for (let left = most; left > 0; ) {
      const isGuard = this.guards.areMissing;
      const wanted = isGuard ? 1 : Math.min(size.next, left);
      const messages = await this.takeBatch(wanted);
      left -= messages.length;
      for (const message of messages) {
        // It cannot be removed any more, so a copy would be a duplicate.
        this.gone.throwIfAborted();
        yield message;
      }
      if (messages.length < wanted) {
        const ready = await this.ready();
        if (ready === 0) return;
        if (isGuard) {
          await this.settled();
          continue;
        }
        if (messages.length === 0) {
          const isStream = await this.hasArguments({ 'x-queue-type': 'stream' });
          throw this.unreadable(
            isStream ? NO_STREAMS : `the broker delivers nothing although ${ready} messages are ready`,
          );
        }
      }
      if (isGuard) continue;
      size.adapt(messages.reduce((sum, { body }) => sum + body.length, 0));
    }
  }

  /** False: the channel has gone, and the broker has requeued the message. */
  remove({ deliveryTag }: TakenMessage): boolean {
    if (!this.wire.isOpen) return false;
    this.held.remove(deliveryTag);
    this.unanswered--;
    if (!this.guards.postpones(deliveryTag)) this.ack(deliveryTag);
    return true;
  }

  /** Resolves when the queue has removed every message that was removed so far. @throws BrokerError `QUEUE_UNREADABLE` */
  async settled(): Promise<void> {
    for (const tag of await this.call((channel) => this.guards.cancel(channel))) this.ack(tag);
    await this.ready();
  }

  async hasArguments(args: Readonly<Record<string, unknown>>): Promise<boolean> {
    return !this.gone.aborted && hasArguments(this.connection, this.queue, args);
  }

  async close(): Promise<void> {
    try {
      await this.settled();
      await this.requeueHeld();
      await unlessAborted(this.channel.close(), this.gone);
    } catch {
      // The broker has requeued everything, perhaps out of order.
    }
    await closed(this.connection);
  }

  /**
   * By nack, batch by batch: a quorum queue shuffles messages requeued by the end of a channel, and counts each as a
   * failed delivery.
   */
  private async requeueHeld(): Promise<void> {
    const count = this.unanswered;
    for (const [index, tag] of this.held.takeHighest().entries()) {
      this.wire.answer([{ tag, answer: 'nackRequeue', multiple: true }]);
      if (index % RETURNS_AT_ONCE === RETURNS_AT_ONCE - 1) await this.ready();
    }
    await requeued(count, { ready: () => this.ready(), signal: this.gone });
  }

  private async takeBatch(size: number): Promise<readonly TakenMessage[]> {
    const batch = new MessageBatch<TakenMessage>(size, SILENCE_MS);
    this.batch = batch;
    this.held.beginBatch();
    // RabbitMQ requeues by consumer, in alphabetical order.
    const consumerTag = `dead-${String(this.batches++).padStart(12, '0')}`;
    try {
      await this.call(async (channel) => {
        await channel.prefetch(size);
        // The wire gets deliveries and cancellations instead.
        await channel.consume(this.queue, () => undefined, { consumerTag });
        await batch.filled();
        const [first] = batch.messages;
        if (this.guards.areMissing && first !== undefined) this.guards.add(consumerTag, first.deliveryTag);
        else await channel.cancel(consumerTag);
      });
      return batch.messages;
    } finally {
      batch.end();
    }
  }

  private async ready(): Promise<number> {
    return (await this.call((channel) => channel.checkQueue(this.queue))).messageCount;
  }

  /** amqplib never settles a call whose connection dies meanwhile. */
  private async call<Reply>(send: (channel: Channel) => Promise<Reply>): Promise<Reply> {
    this.gone.throwIfAborted();
    try {
      return await unlessAborted(send(this.channel), this.gone);
    } catch (error) {
      this.gone.throwIfAborted();
      throw this.unreadable(messageOf(error), error);
    }
  }

  private ack(tag: number): void {
    this.wire.answer([{ tag, answer: 'ack', multiple: false }]);
  }

  private watch(): void {
    const { channel } = this;
    this.wire.attach({
      delivered: (message) => this.took(message),
      cancelled: () => {
        this.batch?.fail(new Error('the broker has cancelled the consumer (was the queue deleted?)'));
      },
    });
    let cause: Error | undefined;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('close', () => {
      const lost = this.unreadable(cause?.message ?? 'the connection was lost', cause);
      this.losing.abort(lost);
      this.batch?.fail(lost);
    });
  }

  private took(message: ReceivedMessage): void {
    const { deliveryTag } = message;
    const properties = Buffer.from(message.properties);
    const list = decodePropertyList(properties);
    const body = Buffer.from(message.body);
    message.release();
    this.held.add(deliveryTag);
    this.unanswered++;
    this.batch?.add({ deliveryTag, properties, list, body });
  }

  private unreadable(why: string, cause?: unknown): BrokerError {
    return new BrokerError('QUEUE_UNREADABLE', `reading "${this.queue}": ${why}`, { cause });
  }
}

async function closed(connection: AmqpConnection): Promise<void> {
  const patience = new AbortController();
  const ended = connection.close().catch(() => undefined);
  await Promise.race([ended, pause(CLOSE_TIMEOUT_MS, patience.signal)]);
  patience.abort();
}
