import { cutToBytes, type Publish, type ReceivedMessage, SHORT_STRING_BYTES } from '../../amqp/index.js';
import { DispatcherError } from '../../errors/index.js';
import { copyOf, type MessageRecord } from '../message-record.js';
import type { EnsureQueue } from '../retry/ensured-queues.js';
import { lifetimeOf, withoutLifetime } from '../retry/lifetime.js';
import { briefRecord } from './death-record.js';

export const DEAD_SUFFIX = '.dead';
/**
 * A look at a message in a quorum queue may count as a failed delivery, and RabbitMQ 4 drops it after 20. This is the
 * largest limit; RabbitMQ 3 refuses -1 (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
 */
export const QUORUM_DEAD_QUEUE = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 ** 31 - 1 } as const;
/** Set explicitly: a virtual host may default to quorum queues, without that limit. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

export interface DeadQueueOptions {
  readonly queue: string;
  readonly type: string | undefined;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly ensureQueue: EnsureQueue;
}

/** `QUEUE.dead` keeps dead messages with their failure record. */
export class DeadQueue {
  readonly name: string;
  private readonly options: DeadQueueOptions;

  constructor(options: DeadQueueOptions) {
    this.options = options;
    this.name = deadQueueName(options.queue);
  }

  /** Resolves when the queue has a confirmed copy. @throws when the broker refuses or is down */
  async putAside(message: ReceivedMessage, record: MessageRecord): Promise<void> {
    const { type, publish, ensureQueue } = this.options;
    await ensureQueue(this.name, deadQueueArguments(type));
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

/** The arguments of `QUEUE.dead`. @param type the `x-queue-type` of QUEUE; undefined: classic */
export function deadQueueArguments(type: string | undefined): Readonly<Record<string, unknown>> {
  return type === 'quorum' ? QUORUM_DEAD_QUEUE : CLASSIC;
}

/** Returns `QUEUE.dead`, shortened to AMQP's limit. */
export function deadQueueName(queue: string): string {
  return `${cutToBytes(queue, SHORT_STRING_BYTES - DEAD_SUFFIX.length)}${DEAD_SUFFIX}`;
}
