import type { Channel } from 'amqplib';
import { type ReceivedMessage } from '../../amqp/index.js';
import type { AnswerName } from '../../bridge/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Acknowledger } from './acks/acknowledger.js';

/** Tolerated above twice the prefetch. */
const BEYOND_PREFETCH = 1_000;

/** One generation of a subscription's channel; a delivery is answered on its own epoch or never. */
export interface Epoch {
  /** False: the channel has gone. */
  settle(deliveryTag: number, answer: Exclude<AnswerName, 'none'>): boolean;
  readonly oldestOpen: number | undefined;
  /** Never answers this delivery, which the broker has taken back. */
  forgo(deliveryTag: number): void;
}

export interface EpochOptions {
  readonly connection: LiveConnection;
  readonly opened: OpenedChannel;
  readonly queue: string;
  readonly prefetch: number;
  readonly isStream: boolean;
  readonly busyAt: number;
  readonly onMessage: (message: ReceivedMessage, epoch: OpenEpoch) => void;
  /** May be called again: RabbitMQ 4.3.6 sends one `basic.cancel` per group of timed-out messages. */
  readonly onCancel: (epoch: OpenEpoch) => void;
}

/** An epoch with its channel. */
export class OpenEpoch implements Epoch {
  readonly connection: LiveConnection;
  readonly channel: Channel;
  readonly acknowledger: Acknowledger;
  private readonly options: EpochOptions;

  constructor(options: EpochOptions) {
    const { connection, opened, prefetch, busyAt } = options;
    const { channel, wire } = opened;
    this.options = options;
    this.connection = connection;
    this.channel = channel;
    this.acknowledger = new Acknowledger({
      write: (answers) => wire.answer(answers),
      prefetch,
      busyAt,
    });
    wire.attach({
      delivered: (message) => this.delivered(message),
      cancelled: () => options.onCancel(this),
    });
  }

  /** Answers wait until basic.cancel is written. */
  async cancel(consumerTag: string): Promise<void> {
    const { wire } = this.options.opened;
    wire.hold();
    try {
      await this.channel.cancel(consumerTag);
    } finally {
      wire.release();
    }
  }

  settle(deliveryTag: number, answer: Exclude<AnswerName, 'none'>): boolean {
    // Nothing leaves a stream, and RabbitMQ closes the connection (540) on any answer but an ack.
    return this.acknowledger.answer(deliveryTag, this.options.isStream ? 'ack' : answer);
  }

  get oldestOpen(): number | undefined {
    return this.acknowledger.oldestOpen;
  }

  forgo(deliveryTag: number): void {
    this.acknowledger.forgo(deliveryTag);
  }

  close(): void {
    this.acknowledger.close();
  }

  private delivered(message: ReceivedMessage): void {
    try {
      this.checkPrefetch();
      this.acknowledger.delivered(message.deliveryTag);
    } catch (error) {
      message.release();
      throw error;
    }
    this.options.onMessage(message, this);
  }

  /** @throws RangeError when the broker ignores the prefetch */
  private checkPrefetch(): void {
    const { prefetch, queue } = this.options;
    if (this.acknowledger.unansweredCount <= 2 * prefetch + BEYOND_PREFETCH) return;
    throw new RangeError(`the broker ignores the prefetch of ${prefetch} on "${queue}"`);
  }
}
