import type { Logger } from 'pino';
import type { ReceivedMessage } from '../../amqp/index.js';
import { BrokerError, messageOf } from '../../errors/index.js';
import { BackOff, pause } from '../../timing/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import { isOutOfChannels } from '../connection/amqplib.js';
import type { ConnectionSettings } from '../connection/connection-settings.js';
import { causeOf, type LiveConnection } from '../connection/live-connection.js';
import { reasonOf } from '../connection/refusal.js';
import { isQueueMissing, readyMessages } from '../topology/declaration.js';
import { type Epoch, OpenEpoch } from './epoch.js';
import { StallWatch } from './stall-watch.js';

export interface SubscriptionOptions {
  readonly queue: string;
  readonly consumerTag: string;
  /** Unanswered messages that the broker lets us hold. */
  readonly prefetch: number;
  /** Open deliveries from which on every consumer instance has enough to do. */
  readonly busyAt: number;
  /** Consumer arguments, as the broker spells them. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The entry in the file, for errors. */
  readonly path: string;
  readonly logger: Logger;
  readonly random: () => number;
  readonly settings: ConnectionSettings;
  /** Declares the topology again, as far as it goes, before a lost subscription comes back on a connection that lives. */
  readonly declare: (connection: LiveConnection) => Promise<void>;
  /** A stream counts what we have read as waiting: its stillness says nothing. */
  readonly isStream: boolean;
  /** True while a message could be begun at once; a false stillness is looked for only then. */
  readonly wantsDeliveries: () => boolean;
  /** Is handed the message's memory with it: to be released when it is answered or lost. */
  readonly onDelivery: (message: ReceivedMessage, epoch: Epoch) => void;
  readonly onLost: (epoch: Epoch, reason: string) => void;
  /**
   * The broker cancelled the consumer. True: perhaps because a message waited too long for its answer, and what it took back is
   * noted; the rest can still be answered. False: it takes back all.
   */
  readonly onCancelled: (epoch: Epoch) => boolean;
}

/**
 * One `basic.consume`: a channel of its own, its prefetch and its tag.
 *
 *     idle ── subscribe ──▶ subscribed ── channel closed, or queue deleted ──▶ lost ── back-off ──▶ subscribed
 *     subscribed ── connection went ──▶ idle (the next connection subscribes again)
 *     subscribed ── brought nothing though it could, or cancelled over one message ──▶ lost; its channel lives on until what
 *                   runs there is answered
 *     any ── cancel ──▶ cancelled (no new deliveries; answers still go out) ── close ──▶ closed
 */
export class Subscription {
  private readonly options: SubscriptionOptions;
  private readonly backOff: BackOff;
  private readonly stopping = new AbortController();
  private readonly stallWatch: StallWatch;
  private current: OpenEpoch | undefined;
  /** Channels whose deliveries can still be answered; one, but for a while after a stall or a consumer timeout. */
  private readonly answerable = new Set<OpenEpoch>();
  /** Those whose consumer the broker has cancelled. */
  private readonly cancelled = new WeakSet<OpenEpoch>();
  private subscribing: Promise<void> | undefined;

  constructor(options: SubscriptionOptions) {
    this.options = options;
    this.backOff = new BackOff(options.settings.retry, options.random);
    this.stallWatch = new StallWatch({
      limitMs: options.settings.stallTimeoutMs,
      wantsDeliveries: () => this.wantsDeliveries(),
      countReady: () => this.countReady(),
      onStall: (ready) => void this.stalled(ready),
    });
  }

  get queue(): string {
    return this.options.queue;
  }

  /** The entry in the file. */
  get path(): string {
    return this.options.path;
  }

  /** What it is, for errors. */
  get what(): string {
    return `the subscription to "${this.queue}"`;
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
    const opened = await this.openChannel(connection);
    const { channel } = opened;
    const epoch = this.openEpoch(connection, opened);
    let cause = 'the channel was closed';
    channel.on('error', (error) => {
      cause = error.message;
    });
    channel.on('close', () => this.lost(epoch, cause));
    try {
      // Per consumer, never `global`: quorum queues refuse global QoS (https://www.rabbitmq.com/docs/quorum-queues).
      await channel.prefetch(prefetch);
      if (this.stopping.signal.aborted) return void channel.close().catch(() => undefined);
      // Neither messages nor a cancellation come by amqplib's callback.
      await channel.consume(queue, () => undefined, { consumerTag, arguments: encodable(this.options.arguments) });
    } catch (error) {
      // Closed in the same chunk that opened it, its channel tells nobody of its end.
      this.answerable.delete(epoch);
      throw this.failure(connection, error);
    }
    // The channel may have gone between its answer and this line.
    if (!epoch.acknowledger.isOpen) throw new BrokerError('TOPOLOGY_MISMATCH', `${path}: ${cause}`);
    this.current = epoch;
    this.backOff.reset();
    this.stallWatch.start();
  }

  /** Asks the broker for no more deliveries; those that run can still be answered. */
  async cancel(): Promise<void> {
    this.stopping.abort();
    this.stallWatch.stop();
    for (const { acknowledger } of this.answerable) acknowledger.cancelled();
    // All of them: a basic.consume may be on its way, and behind a stall the old channel consumes until the new one does.
    const consuming = [...this.answerable].filter((epoch) => !this.cancelled.has(epoch));
    await Promise.all(consuming.map((epoch) => this.cancelOn(epoch)));
  }

  /** Sends what is left to answer and closes the channel; the broker takes back what was not answered. */
  async close(): Promise<void> {
    const epoch = this.current;
    this.stopping.abort();
    this.stallWatch.stop();
    for (const { acknowledger } of this.answerable) acknowledger.flush();
    if (epoch === undefined) return;
    try {
      await epoch.channel.close();
    } catch {
      // Closed already.
    }
  }

  private async openChannel(live: LiveConnection): Promise<OpenedChannel> {
    const { opened } = live;
    try {
      return await opened.openChannel();
    } catch (error) {
      if (!isOutOfChannels(error)) throw this.failure(live, error);
      const message = `the broker allows ${opened.channelMax} channels on a connection, and all are in use`;
      throw this.failure(live, new Error(message, { cause: error }));
    }
  }

  private failure(connection: LiveConnection, error: unknown): BrokerError {
    const { path, queue } = this.options;
    const cause = causeOf(connection, error);
    const message = `${path}: cannot consume from queue "${queue}": ${reasonOf(cause)}`;
    return new BrokerError('TOPOLOGY_MISMATCH', message, { cause });
  }

  private async cancelOn(epoch: OpenEpoch): Promise<void> {
    try {
      await epoch.cancel(this.options.consumerTag);
    } catch {
      // The channel went meanwhile: nothing comes any more, which is what was wanted.
    }
  }

  private openEpoch(connection: LiveConnection, opened: OpenedChannel): OpenEpoch {
    const { queue, prefetch, busyAt, isStream, onDelivery } = this.options;
    const onMessage = (message: ReceivedMessage, epoch: OpenEpoch): void => {
      this.stallWatch.hear();
      // It would bring each message again that a stop gives back.
      if (this.stopping.signal.aborted && this.cancelled.delete(epoch)) void this.cancelOn(epoch);
      onDelivery(message, epoch);
    };
    const onCancel = (epoch: OpenEpoch): void => void this.cancelledByBroker(epoch);
    const epoch = new OpenEpoch({
      connection,
      opened,
      queue,
      prefetch,
      busyAt,
      isStream,
      onMessage,
      onCancel,
    });
    this.answerable.add(epoch);
    return epoch;
  }

  /**
   * `basic.cancel`: the queue was deleted, or its node went (https://www.rabbitmq.com/docs/consumer-cancel); or, since RabbitMQ
   * 4.3, a message of a quorum queue waited too long for its answer.
   *
   * In the last case we do not cancel the consumer ourselves until what runs has ended. RabbitMQ 4.3.6 closes the channel with 406,
   * and all that runs there is lost, when a message of a consumer that is gone runs out of time as well
   * (https://github.com/rabbitmq/rabbitmq-server/discussions/18207); of one that is not, it sends `basic.cancel` again. It may
   * even bring more: an answer that crosses the cancellation is a sign of life; those messages alone stay at risk. From 4.3.7 on
   * the broker removes the consumer itself after a moment.
   */
  private async cancelledByBroker(epoch: OpenEpoch): Promise<void> {
    epoch.acknowledger.flush();
    const { queue, logger, onCancelled } = this.options;
    const canBeAnswered = onCancelled(epoch);
    if (this.cancelled.has(epoch)) return;
    this.cancelled.add(epoch);
    const isStanding = canBeAnswered && !(await isQueueMissing(epoch.connection.opened, queue));
    if (isStanding) return this.renew(epoch, 'the broker cancelled it');
    logger.warn(`the broker cancelled the subscription to "${queue}"`);
    epoch.channel.close().catch(() => undefined);
  }

  private lost(epoch: OpenEpoch, reason: string): void {
    const { connection } = epoch;
    epoch.close();
    this.answerable.delete(epoch);
    this.options.onLost(epoch, reason);
    if (this.current !== epoch) return;
    this.current = undefined;
    this.stallWatch.stop();
    // With the whole connection gone its 'close' follows in this very turn: the next connection subscribes.
    setImmediate(() => {
      if (!connection.gone.aborted && !this.stopping.signal.aborted) void this.recover(connection, reason);
    });
  }

  private wantsDeliveries(): boolean {
    const unanswered = this.current?.acknowledger.unansweredCount ?? Number.POSITIVE_INFINITY;
    const { isStream, prefetch, wantsDeliveries } = this.options;
    return !isStream && unanswered < prefetch && wantsDeliveries();
  }

  private async countReady(): Promise<number> {
    if (this.current === undefined) return 0;
    return readyMessages(this.current.connection.opened, this.options.queue);
  }

  private async stalled(ready: number): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    const { stallTimeoutMs } = this.options.settings;
    await this.renew(current, `it delivered nothing for ${stallTimeoutMs} ms although ${ready} messages are ready`);
  }

  /**
   * Subscribes again beside what still runs: its answers go out on the old channel, which then closes. The old consumer
   * goes last: with the last one that it has, the broker deletes an auto-delete queue and the messages in it.
   */
  private async renew(epoch: OpenEpoch, reason: string): Promise<void> {
    if (epoch !== this.current || this.stopping.signal.aborted) return;
    this.current = undefined;
    await this.recover(epoch.connection, reason);
    const { acknowledger } = epoch;
    if (this.cancelled.has(epoch)) await new Promise<void>((resolve) => acknowledger.settled(resolve));
    await this.cancelOn(epoch);
    acknowledger.drained(() => void epoch.channel.close().catch(() => undefined));
  }

  /** Subscribes again with growing waits, for as long as the connection lives. */
  async recover(connection: LiveConnection, reason: string): Promise<void> {
    const { queue, logger, declare } = this.options;
    const { gone } = connection;
    const { signal: stopping } = this.stopping;
    let cause = reason;
    while (!gone.aborted && !stopping.aborted && this.current === undefined) {
      const waitMs = this.backOff.nextMs();
      logger.warn({ waitMs }, `subscription to "${queue}" lost: ${cause}; retrying in ${waitMs} ms`);
      await pause(waitMs, gone, stopping);
      if (gone.aborted || stopping.aborted) return;
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

/** As amqplib takes them: it has no Date. */
function encodable(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, timestampOr(value)]));
}

function timestampOr(value: unknown): unknown {
  return value instanceof Date ? { '!': 'timestamp', value: Math.floor(value.getTime() / 1000) } : value;
}
