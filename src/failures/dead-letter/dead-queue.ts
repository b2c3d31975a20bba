import { cutToBytes, type Publish, type ReceivedMessage, SHORT_STRING_BYTES } from '../../amqp/index.js';
import { DispatcherError } from '../../errors/index.js';
import { copyOf, type MessageRecord } from '../message-record.js';
import type { EnsureQueue } from '../retry/ensured-queues.js';
import { lifetimeOf, withoutLifetime } from '../retry/lifetime.js';
import { briefRecord } from './death-record.js';

/** The suffix of a dead queue's name. */
export const DEAD_SUFFIX = '.dead';
/**
 * Each look at a message in a quorum queue may count as a failed delivery, and RabbitMQ 4 drops a message after 20.
 * This is the largest limit; RabbitMQ 3 refuses -1 for "unlimited"
 * (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
 */
export const QUORUM_DEAD_QUEUE = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 ** 31 - 1 } as const;
/** Set explicitly: where a virtual host defaults to quorum queues, the queue would lack that limit. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

export interface DeadQueueOptions {
  readonly queue: string;
  /** The queue's declared type, so that dead messages are stored as safely; otherwise classic. */
  readonly type: string | undefined;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly ensureQueue: EnsureQueue;
}

/** `QUEUE.dead`: keeps dead messages for good, with the record of their failures. */
export class DeadQueue {
  readonly name: string;
  private readonly options: DeadQueueOptions;

  constructor(options: DeadQueueOptions) {
    this.options = options;
    this.name = deadQueueName(options.queue);
  }

  /** Resolves when the queue has a confirmed copy. @throws when the broker refuses or is away */
  async putAside(message: ReceivedMessage, record: MessageRecord): Promise<void> {
    const { type, publish, ensureQueue } = this.options;
    await ensureQueue(this.name, type === 'quorum' ? QUORUM_DEAD_QUEUE : CLASSIC);
    const put = async (written: MessageRecord): Promise<void> => {
      const copy = copyOf(message, this.name, { ...lifetimeOf(message), ...written });
      const { properties, ...rest } = withoutLifetime(copy);
      await publish({ ...rest, properties: { ...properties, persistent: true } });
    };
    try {
      await put(record);
    } catch (error) {
      if (!(error instanceof DispatcherError && error.code === 'PUBLISH_INVALID')) throw error;
      await put(briefRecord(record));
    }
  }
}

/** Returns `QUEUE.dead`, shortened to AMQP's limit for names. */
export function deadQueueName(queue: string): string {
  return `${cutToBytes(queue, SHORT_STRING_BYTES - DEAD_SUFFIX.length)}${DEAD_SUFFIX}`;
}
