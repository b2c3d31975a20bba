import type { Channel } from 'amqplib';
import { type ReceivedMessage } from '../../amqp/index.js';
import { encodeAnswers } from '../../amqp/wire/index.js';
import type { AnswerName } from '../../bridge/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Acknowledger } from './acknowledger.js';

/** A broker that sends so many more than it may is none. */
const BEYOND_PREFETCH = 1_000;

/** One generation of a subscription's channel. A delivery is answered on the epoch that it came from, or never. */
export interface Epoch {
  /** Sends an answer. False: the channel has gone, the broker delivers the message again. */
  settle(deliveryTag: number, answer: Exclude<AnswerName, 'none'>): boolean;
  /** The tag of the oldest delivery without an answer; undefined: there is none, or an older one was answered a moment ago. */
  readonly oldestOpen: number | undefined;
  /** Never answers this delivery: the broker has taken it back, and the channel stays. */
  forgo(deliveryTag: number): void;
}

export interface EpochOptions {
  readonly connection: LiveConnection;
  readonly opened: OpenedChannel;
  readonly queue: string;
  readonly prefetch: number;
  readonly isStream: boolean;
  /** Open deliveries from which on every consumer instance has enough to do. */
  readonly busyAt: number;
  readonly onMessage: (message: ReceivedMessage, epoch: OpenEpoch) => void;
  /** The broker sent `basic.cancel`, perhaps again: RabbitMQ 4.3.6 sends one for each group of messages that ran out of time. */
  readonly onCancel: (epoch: OpenEpoch) => void;
}

/** An epoch whose channel stands: takes its messages, and sends their answers. */
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
      write: (answers) => wire.send(encodeAnswers(wire.number, answers)),
      prefetch,
      busyAt,
    });
    wire.attach({
      delivered: (message) => this.delivered(message),
      cancelled: () => options.onCancel(this),
    });
  }

  /** Asks the broker for no more messages; what is answered from now on goes out behind that. */
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
    // Nothing leaves a stream, whatever the answer is; to any but an ack RabbitMQ closes the whole connection (540).
    return this.acknowledger.answer(deliveryTag, this.options.isStream ? 'ack' : answer);
  }

  get oldestOpen(): number | undefined {
    return this.acknowledger.oldestOpen;
  }

  forgo(deliveryTag: number): void {
    this.acknowledger.forgo(deliveryTag);
  }

  /** The channel has gone. */
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

  /** @throws RangeError when the broker goes on and on without an answer: it would fill our memory */
  private checkPrefetch(): void {
    const { prefetch, queue } = this.options;
    if (this.acknowledger.unansweredCount <= 2 * prefetch + BEYOND_PREFETCH) return;
    throw new RangeError(`the broker ignores the prefetch of ${prefetch} on "${queue}"`);
  }
}
