import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerError, messageOf } from '../errors/index.js';
import type { AnswerName, ReceivedMessage } from '../protocol/index.js';
import { BackOff, pause, RETRY_LIMITS } from '../waiting/index.js';
import { Acknowledger } from './acknowledger.js';
import { RawTable } from './amqplib.js';
import type { LiveConnection } from './live-connection.js';

/** One generation of a subscription's channel. A delivery is answered on the epoch that it came from, or never. */
export interface Epoch {
  /** Sends an answer. False: the channel has gone, the broker delivers the message again. */
  settle(deliveryTag: number, answer: Exclude<AnswerName, 'none'>): boolean;
}

export interface SubscriptionOptions {
  readonly queue: string;
  readonly consumerTag: string;
  /** Unanswered messages that the broker lets us hold; 0 is without limit. */
  readonly prefetch: number;
  /** Consumer arguments, as the broker spells them. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The entry in the file, for errors. */
  readonly path: string;
  readonly logger: Logger;
  readonly random: () => number;
  /** Declares the topology again, before a lost subscription comes back on a connection that lives. */
  readonly declare: (connection: LiveConnection) => Promise<void>;
  readonly onDelivery: (message: ReceivedMessage, epoch: Epoch) => void;
  readonly onLost: (epoch: Epoch, reason: string) => void;
}

interface OpenEpoch extends Epoch {
  readonly channel: Channel;
  readonly acknowledger: Acknowledger;
}

/**
 * One `basic.consume`: a channel of its own, its prefetch and its tag.
 *
 *     idle ── subscribe ──▶ subscribed ── channel closed, or cancelled by the broker ──▶ lost ── back-off ──▶ subscribed
 *     subscribed ── connection went ──▶ idle (the next connection subscribes again)
 *     any ── cancel ──▶ cancelled (no new deliveries; answers still go out) ── close ──▶ closed
 */
export class Subscription {
  private readonly options: SubscriptionOptions;
  private readonly backOff: BackOff;
  private readonly stopping = new AbortController();
  private current: OpenEpoch | undefined;
  private subscribing: Promise<void> | undefined;
  /** The channel whose basic.consume is on its way. */
  private opening: Channel | undefined;

  constructor(options: SubscriptionOptions) {
    this.options = options;
    this.backOff = new BackOff(RETRY_LIMITS, options.random);
  }

  /** Opens a channel and consumes. @throws BrokerError `TOPOLOGY_MISMATCH` when the broker refuses */
  async subscribe(connection: LiveConnection): Promise<void> {
    // A new connection and a recovery may ask at one time: two channels of one subscription would never be told apart.
    while (this.subscribing !== undefined) await this.subscribing.catch(() => undefined);
    if (this.current !== undefined || this.stopping.signal.aborted) return;
    this.subscribing = this.consume(connection).finally(() => {
      this.subscribing = undefined;
    });
    await this.subscribing;
  }

  private async consume(connection: LiveConnection): Promise<void> {
    const { queue, consumerTag, prefetch, path } = this.options;
    const channel = await connection.model.createChannel();
    const epoch = this.openEpoch(channel);
    let cause = 'the channel was closed';
    channel.on('error', (error) => {
      cause = error.message;
    });
    channel.on('close', () => this.lost(epoch, cause, connection));
    try {
      // Per consumer, never `global`: quorum queues refuse global QoS (https://www.rabbitmq.com/docs/quorum-queues).
      await channel.prefetch(prefetch);
      if (this.stopping.signal.aborted) return void channel.close().catch(() => undefined);
      this.opening = channel;
      await channel.consume(
        queue,
        (message) => {
          if (message === null) this.cancelledByBroker(epoch);
          else this.delivered(message, epoch);
        },
        { consumerTag, arguments: this.options.arguments },
      );
    } catch (error) {
      throw new BrokerError('TOPOLOGY_MISMATCH', `${path}: cannot consume from queue "${queue}": ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      this.opening = undefined;
    }
    // The channel may have gone between its answer and this line.
    if (!epoch.acknowledger.isOpen) throw new BrokerError('TOPOLOGY_MISMATCH', `${path}: ${cause}`);
    this.current = epoch;
    this.backOff.reset();
  }

  /** Asks the broker for no more deliveries; those that run can still be answered. */
  async cancel(): Promise<void> {
    this.stopping.abort();
    try {
      await (this.current?.channel ?? this.opening)?.cancel(this.options.consumerTag);
    } catch {
      // The channel went meanwhile: nothing comes any more, which is what was wanted.
    }
  }

  /** Sends what is left to answer and closes the channel; the broker takes back what was not answered. */
  async close(): Promise<void> {
    const epoch = this.current;
    this.stopping.abort();
    if (epoch === undefined) return;
    epoch.acknowledger.flush();
    try {
      await epoch.channel.close();
    } catch {
      // Closed already.
    }
  }

  private openEpoch(channel: Channel): OpenEpoch {
    const acknowledger = new Acknowledger(channel);
    return { channel, acknowledger, settle: (tag, answer) => acknowledger.answer(tag, answer) };
  }

  private delivered(message: ConsumeMessage, epoch: OpenEpoch): void {
    epoch.acknowledger.delivered(message.fields.deliveryTag);
    this.options.onDelivery(toReceived(message), epoch);
  }

  /** `basic.cancel`: the queue was deleted, or its node went (https://www.rabbitmq.com/docs/consumer-cancel). */
  private cancelledByBroker(epoch: OpenEpoch): void {
    this.options.logger.warn(`the broker cancelled the subscription to "${this.options.queue}"`);
    epoch.channel.close().catch(() => undefined);
  }

  private lost(epoch: OpenEpoch, reason: string, connection: LiveConnection): void {
    epoch.acknowledger.close();
    this.options.onLost(epoch, reason);
    if (this.current !== epoch) return;
    this.current = undefined;
    // With the whole connection gone its 'close' follows in this very turn: the next connection subscribes.
    setImmediate(() => {
      if (!connection.gone.aborted && !this.stopping.signal.aborted) void this.recover(connection, reason);
    });
  }

  private async recover(connection: LiveConnection, reason: string): Promise<void> {
    const { queue, logger, declare } = this.options;
    const signal = AbortSignal.any([connection.gone, this.stopping.signal]);
    let cause = reason;
    while (!signal.aborted && this.current === undefined) {
      const waitMs = this.backOff.nextMs();
      logger.warn({ waitMs }, `subscription to "${queue}" lost: ${cause}; subscribing again in ${waitMs} ms`);
      await pause(waitMs, signal);
      if (signal.aborted) return;
      try {
        await declare(connection);
        await this.subscribe(connection);
        logger.info(`subscribed to "${queue}" again`);
      } catch (error) {
        cause = messageOf(error);
      }
    }
  }
}

function toReceived(message: ConsumeMessage): ReceivedMessage {
  const { fields, properties, content } = message;
  const headers: unknown = properties.headers;
  return {
    deliveryTag: fields.deliveryTag,
    redelivered: fields.redelivered,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    headers: headers instanceof RawTable && headers.bytes.length > 0 ? headers.bytes : undefined,
    body: content,
    properties: {
      contentType: properties.contentType,
      contentEncoding: properties.contentEncoding,
      deliveryMode: properties.deliveryMode,
      priority: properties.priority,
      correlationId: properties.correlationId,
      replyTo: properties.replyTo,
      expiration: properties.expiration,
      messageId: properties.messageId,
      timestamp: properties.timestamp,
      type: properties.type,
      userId: properties.userId,
      appId: properties.appId,
      clusterId: properties.clusterId,
    },
  };
}
