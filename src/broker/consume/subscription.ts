import type { ReceivedMessage } from '../../amqp/index.js';
import { BrokerError } from '../../errors/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { isQueueMissing, readyMessages } from '../topology/declaration.js';
import { ConsumeAttempts } from './consume-attempts.js';
import { consumeFailure, consumeOn, openConsumeChannel } from './consume-channel.js';
import { OpenEpoch } from './epoch.js';
import { Epochs } from './epochs.js';
import { StallWatch } from './stall-watch.js';
import type { LossReason, SubscriptionOptions } from './subscription-options.js';

/**
 * One `basic.consume` on a channel of its own.
 *
 *     idle ── start ──▶ subscribed ── channel closed, or queue deleted ──▶ lost ── back-off ──▶ subscribed
 *     subscribed ── connection lost ──▶ idle (the next connection subscribes again)
 *     subscribed ── stalled, or cancelled over one message ──▶ lost; the old channel stays until its deliveries are answered
 *     any ── pause ──▶ paused: cancelled, also over lost connections; the channel stays until its deliveries are answered
 *     paused ── resume ──▶ subscribed, on a new channel
 *     any ── drain ──▶ cancelled (no new deliveries; answers still go out) ── stop ──▶ closed
 */
export class Subscription {
  private readonly options: SubscriptionOptions;
  private readonly attempts: ConsumeAttempts;
  private readonly stopping = new AbortController();
  private readonly stallWatch: StallWatch;
  private current: OpenEpoch | undefined;
  private readonly epochs: Epochs;
  private wantedPrefetch: number;
  /** Aborted while paused; a new one after it. */
  private pausing = new AbortController();
  private pauseDone: Promise<void> = Promise.resolve();

  constructor(options: SubscriptionOptions) {
    this.options = options;
    this.wantedPrefetch = options.prefetch;
    this.epochs = new Epochs(options.consumerTag);
    this.attempts = new ConsumeAttempts({
      options,
      stopping: this.stopping.signal,
      pausing: () => this.pausing.signal,
      isSubscribed: () => this.isSubscribed,
      consume: (connection) => this.consume(connection),
    });
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

  get isSubscribed(): boolean {
    return this.current !== undefined;
  }

  get isPaused(): boolean {
    return this.pausing.signal.aborted;
  }

  get prefetch(): number {
    return this.wantedPrefetch;
  }

  /**
   * Changes the prefetch. A live consumer keeps its own (https://www.rabbitmq.com/docs/consumer-prefetch: per consumer, a
   * basic.qos applies to new consumers only), so a new one takes over; deliveries of the old one are still answered.
   */
  async setPrefetch(prefetch: number): Promise<void> {
    if (prefetch === this.wantedPrefetch) return;
    this.wantedPrefetch = prefetch;
    await this.attempts.idle();
    const { current: epoch } = this;
    if (epoch === undefined || this.stopping.signal.aborted) return;
    this.current = undefined;
    await this.attempts.startAgain();
    await this.epochs.cancelAndClose(epoch);
  }

  get place(): string {
    return this.options.place;
  }

  get what(): string {
    return `the subscription to "${this.queue}"`;
  }

  /** @throws BrokerError `TOPOLOGY_MISMATCH` when the broker refuses */
  start(connection: LiveConnection): Promise<void> {
    return this.attempts.start(connection);
  }

  /** Retries with back-off while the connection lives. */
  recover(connection: LiveConnection, reason: string, kind?: LossReason): Promise<void> {
    return this.attempts.recover(connection, reason, kind);
  }

  private async consume(connection: LiveConnection): Promise<void> {
    const opened = await openConsumeChannel(connection, this.options);
    const { channel } = opened;
    const epoch = this.openEpoch(connection, opened);
    let cause = 'the channel was closed';
    channel.on('error', (error) => {
      cause = error.message;
    });
    channel.on('close', () => this.lost(epoch, cause));
    try {
      const terms = { prefetch: this.wantedPrefetch, stopping: this.stopping.signal };
      if (!(await consumeOn(opened, this.options, terms))) return;
    } catch (error) {
      // amqplib emits no event for a channel that the broker closes in the chunk that opened it.
      this.epochs.remove(epoch);
      throw consumeFailure(connection, this.options, error);
    }
    if (!epoch.acknowledger.isOpen) throw new BrokerError('TOPOLOGY_MISMATCH', `${this.place}: ${cause}`);
    this.current = epoch;
    this.attempts.succeeded();
    this.stallWatch.start();
  }

  /**
   * Cancels the consumer until `resume`; running deliveries can still be answered.
   * @param release called when basic.cancel is on its way: released earlier, messages would come back to this consumer
   */
  async pause(release: () => void): Promise<void> {
    if (this.isPaused || this.stopping.signal.aborted) return this.pauseDone;
    this.pausing.abort();
    this.stallWatch.stop();
    this.pauseDone = this.park(release);
    await this.pauseDone;
  }

  /**
   * Subscribes again, at once if connected. A refusal is retried as after a loss.
   * @param accept called before the first delivery
   */
  async resume(accept: () => void): Promise<void> {
    await this.pauseDone;
    if (!this.isPaused || this.stopping.signal.aborted) return;
    accept();
    this.pausing = new AbortController();
    await this.attempts.startAgain();
  }

  private async park(release: () => void): Promise<void> {
    // A basic.consume on its way must have its answer before it can be cancelled.
    await this.attempts.idle();
    this.current = undefined;
    this.stallWatch.stop();
    await this.epochs.park(release);
  }

  /** Stops deliveries; running ones can still be answered. */
  async drain(): Promise<void> {
    this.stopping.abort();
    this.stallWatch.stop();
    // A basic.consume may be on its way, and after a stall the old channel consumes until the new one does.
    await Promise.all([this.pauseDone, this.epochs.drain()]);
  }

  /** Sends the answers that wait and closes the channel, by the deadline; the broker requeues the other messages. */
  async stop(deadline?: AbortSignal): Promise<void> {
    this.stopping.abort();
    this.stallWatch.stop();
    await this.epochs.stop(this.current, deadline);
  }

  private openEpoch(connection: LiveConnection, opened: OpenedChannel): OpenEpoch {
    const { queue, busyAt, isStream, onDelivery } = this.options;
    const prefetch = this.wantedPrefetch;
    const onMessage = (message: ReceivedMessage, epoch: OpenEpoch): void => {
      this.stallWatch.hear();
      // It would receive each released message again.
      if (this.stopping.signal.aborted) void this.epochs.cancelAgain(epoch);
      onDelivery(message, epoch);
    };
    const onCancel = (epoch: OpenEpoch): void => void this.cancelledByBroker(epoch);
    const epoch = new OpenEpoch({ connection, opened, queue, prefetch, busyAt, isStream, onMessage, onCancel });
    this.epochs.add(epoch);
    return epoch;
  }

  /**
   * The queue was deleted or its node went down (https://www.rabbitmq.com/docs/consumer-cancel), or, since RabbitMQ
   * 4.3, a message of a quorum queue exceeded the consumer timeout.
   *
   * After a timeout we keep the consumer until its deliveries have ended: RabbitMQ 4.3.6 closes the channel with 406,
   * and loses all that runs there, when another message of a cancelled consumer times out
   * (https://github.com/rabbitmq/rabbitmq-server/discussions/18207). It may deliver more after an answer that crosses
   * the cancellation; only those messages stay at risk. From 4.3.7 on, the broker removes the consumer itself.
   */
  private async cancelledByBroker(epoch: OpenEpoch): Promise<void> {
    epoch.acknowledger.flush();
    const { queue, logger, onCancelled } = this.options;
    const canBeAnswered = onCancelled(epoch);
    if (!this.epochs.cancelledByBroker(epoch)) return;
    const isStanding = canBeAnswered && !(await isQueueMissing(epoch.connection.opened, queue));
    if (isStanding) return this.renew(epoch, 'cancelled', 'the broker cancelled it');
    logger.warn(`the broker cancelled the subscription to "${queue}"`);
    epoch.channel.close().catch(() => undefined);
  }

  private lost(epoch: OpenEpoch, reason: string): void {
    const { connection } = epoch;
    epoch.close();
    this.epochs.remove(epoch);
    this.options.onLost(epoch, reason);
    if (this.current !== epoch) return;
    this.current = undefined;
    this.stallWatch.stop();
    // If the connection is lost, its 'close' follows in this turn, and the next connection subscribes.
    setImmediate(() => {
      if (!connection.gone.aborted && !this.stopping.signal.aborted && !this.isPaused)
        void this.recover(connection, reason, this.epochs.isCancelled(epoch) ? 'cancelled' : 'channel_closed');
    });
  }

  private wantsDeliveries(): boolean {
    const unanswered = this.current?.acknowledger.unansweredCount ?? Number.POSITIVE_INFINITY;
    const { isStream, wantsDeliveries } = this.options;
    return !isStream && unanswered < this.wantedPrefetch && wantsDeliveries();
  }

  private async countReady(): Promise<number> {
    if (this.current === undefined) return 0;
    return readyMessages(this.current.connection.opened, this.options.queue);
  }

  private async stalled(ready: number): Promise<void> {
    const { current } = this;
    const { stallTimeoutMs } = this.options.settings;
    const reason = `it delivered nothing for ${stallTimeoutMs} ms although ${ready} messages are ready`;
    if (current !== undefined) await this.renew(current, 'stalled', reason);
  }

  /** Cancels the old consumer last: without any, the broker would delete an auto-delete queue and its messages. */
  private async renew(epoch: OpenEpoch, kind: LossReason, reason: string): Promise<void> {
    if (epoch !== this.current || this.stopping.signal.aborted || this.isPaused) return;
    this.current = undefined;
    await this.recover(epoch.connection, reason, kind);
    if (this.epochs.isCancelled(epoch)) await new Promise<void>((resolve) => epoch.acknowledger.settled(resolve));
    await this.epochs.cancelAndClose(epoch);
  }
}
