import { closeChannel } from './consume-channel.js';
import type { OpenEpoch } from './epoch.js';

/** The open epochs of a subscription: the current one, and older ones until their deliveries are answered. */
export class Epochs {
  private readonly consumerTag: string;
  private readonly open = new Set<OpenEpoch>();
  private readonly cancelled = new WeakSet<OpenEpoch>();
  /** Cancelled by a pause, with open deliveries. */
  private readonly parked = new Set<OpenEpoch>();

  constructor(consumerTag: string) {
    this.consumerTag = consumerTag;
  }

  add(epoch: OpenEpoch): void {
    this.open.add(epoch);
  }

  remove(epoch: OpenEpoch): void {
    this.open.delete(epoch);
    this.parked.delete(epoch);
  }

  isCancelled(epoch: OpenEpoch): boolean {
    return this.cancelled.has(epoch);
  }

  /** The broker has cancelled its consumer. False: it had before. */
  cancelledByBroker(epoch: OpenEpoch): boolean {
    if (this.cancelled.has(epoch)) return false;
    this.cancelled.add(epoch);
    return true;
  }

  /** A cancelled consumer that is delivered to anyway is cancelled once more. */
  async cancelAgain(epoch: OpenEpoch): Promise<void> {
    if (this.cancelled.delete(epoch)) await this.cancel(epoch);
  }

  /** Cancels the consumer, and closes the channel when all its deliveries are answered. */
  async cancelAndClose(epoch: OpenEpoch): Promise<void> {
    await this.cancel(epoch);
    closeWhenAnswered(epoch);
  }

  /** Cancels and closes all that consume; after a stall that is more than one. @param release called when basic.cancel is on its way */
  async park(release: () => void): Promise<void> {
    const consuming = this.consuming();
    for (const epoch of consuming) {
      this.cancelled.add(epoch);
      this.parked.add(epoch);
    }
    const cancelled = consuming.map((epoch) => this.cancel(epoch));
    release();
    await Promise.all(cancelled);
    for (const epoch of consuming) closeWhenAnswered(epoch);
  }

  /** Cancels all that consume; running deliveries can still be answered, without a wait. */
  async drain(): Promise<void> {
    for (const { acknowledger } of this.open) acknowledger.cancelled();
    await Promise.all(this.consuming().map((epoch) => this.cancel(epoch)));
  }

  /** Sends the answers that wait, and closes the current and the parked channels by the deadline. */
  async stop(current: OpenEpoch | undefined, deadline?: AbortSignal): Promise<void> {
    for (const { acknowledger } of this.open) acknowledger.flush();
    const closing = [...this.parked, ...(current === undefined ? [] : [current])];
    await Promise.all(closing.map(({ channel }) => closeChannel(channel, deadline)));
  }

  private consuming(): OpenEpoch[] {
    return [...this.open].filter((epoch) => !this.cancelled.has(epoch));
  }

  private async cancel(epoch: OpenEpoch): Promise<void> {
    try {
      await epoch.cancel(this.consumerTag);
    } catch {
      // The channel has gone.
    }
  }
}

function closeWhenAnswered({ acknowledger, channel }: OpenEpoch): void {
  acknowledger.drained(() => void channel.close().catch(() => undefined));
}
