import type { Logger } from 'pino';
import { messageOf } from '../errors/index.js';
import { decodePropertyList, type Publish } from '../protocol/index.js';
import type { Admit } from './admissions.js';
import { copyOf, DEATH_HEADERS, deathsOf } from './death-record.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import { cutToBytes, SHORT_STRING_BYTES } from './short-string.js';

const SUFFIX = '.dead';
/** An error may tell of a whole message; headers have 64 KiB, and a copy that does not fit is never put aside. */
const MAX_CAUSE_LENGTH = 1_000;

export interface QuarantineOptions {
  readonly queue: string;
  /** The consumer's name, for the headers of what is put aside. */
  readonly consumer: string;
  /** Threads that a message may take down. */
  readonly maxDeaths: number;
  readonly publish: (publish: Publish) => Promise<void>;
  /** Makes sure that a queue exists; one that does is taken as it is. */
  readonly ensureQueue: (queue: string) => Promise<void>;
  readonly feed: DeliveryFeed;
  readonly logger: Logger;
  readonly now: () => Date;
}

/**
 * Counts the threads that a message takes down, in the message itself: a copy with the count goes back to its queue, or, at
 * the last death, into `QUEUE.dead`, and the original is acked once the broker has confirmed the copy. So a killer is
 * counted across restarts and daemons, and cannot keep one down for ever.
 */
export class Quarantine {
  private readonly options: QuarantineOptions;

  constructor(options: QuarantineOptions) {
    this.options = options;
  }

  /** Where messages are put aside. */
  get queue(): string {
    return `${cutToBytes(this.options.queue, SHORT_STRING_BYTES - SUFFIX.length)}${SUFFIX}`;
  }

  /** Answers for a delivery whose thread died: `ack` when a copy is safe, else it goes back as any failure does. */
  async admit(delivery: Delivery, cause: Error): ReturnType<Admit> {
    const { maxDeaths, feed, logger } = this.options;
    try {
      const deaths = deathsOf(delivery.message) + 1;
      if (deaths < maxDeaths) {
        await this.countDeath(delivery, deaths);
        feed.emit('counted', { delivery, deaths, maxDeaths });
      } else {
        await this.putAside(delivery, { deaths, cause });
        feed.emit('quarantined', { delivery, deaths, queue: this.queue });
      }
      return 'ack';
    } catch (error) {
      logger.error(
        { err: error, queue: this.options.queue },
        `the death of a thread could not be noted in the message: ${messageOf(error)}`,
      );
      return 'rejectRequeue';
    }
  }

  private async countDeath({ message }: Delivery, deaths: number): Promise<void> {
    const { queue, publish } = this.options;
    await publish(copyOf(message, queue, { [DEATH_HEADERS.deaths]: deaths }));
  }

  private async putAside({ message }: Delivery, { deaths, cause }: { deaths: number; cause: Error }): Promise<void> {
    const { queue, consumer, publish, ensureQueue, now } = this.options;
    await ensureQueue(this.queue);
    const { expiration: lifetime } = decodePropertyList(message.properties).properties;
    const copy = copyOf(message, this.queue, {
      ...(lifetime !== undefined && { [DEATH_HEADERS.expiration]: lifetime }),
      [DEATH_HEADERS.deaths]: deaths,
      [DEATH_HEADERS.queue]: queue,
      [DEATH_HEADERS.consumer]: consumer,
      [DEATH_HEADERS.cause]: cause.message.slice(0, MAX_CAUSE_LENGTH),
      [DEATH_HEADERS.diedAt]: now(),
    });
    // What is put aside stays until somebody looks.
    const { expiration: _, ...properties } = copy.properties;
    await publish({ ...copy, properties: { ...properties, persistent: true } });
  }
}
