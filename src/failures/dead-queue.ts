import { cutToBytes, type Publish, type ReceivedMessage, SHORT_STRING_BYTES } from '../amqp/index.js';
import { DispatcherError } from '../errors/index.js';
import { briefRecord } from './death-record.js';
import { lifetimeOf, withoutLifetime } from './lifetime.js';
import { copyOf, type MessageRecord } from './message-record.js';

/** What a dead queue's name ends in. */
export const DEAD_SUFFIX = '.dead';
/**
 * Each look at a message of a quorum queue may count as a delivery that failed, and RabbitMQ 4 drops it after 20 of them. The
 * largest limit there is; -1, for none, is refused by RabbitMQ 3 (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
 */
export const QUORUM_DEAD_QUEUE = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 ** 31 - 1 } as const;
/** Set explicitly: where a virtual host makes quorum queues of all that say nothing, it would have no such limit. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

export interface DeadQueueOptions {
  readonly queue: string;
  /** Its type, if the file says one: what is put aside is as safe as it was. Else it is classic. */
  readonly type: string | undefined;
  readonly publish: (publish: Publish) => Promise<void>;
  /** Makes sure that a queue exists; one that does is taken as it is. */
  readonly ensureQueue: (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** `QUEUE.dead`: where messages are put aside for good, with what is known of their failures. */
export class DeadQueue {
  readonly name: string;
  private readonly options: DeadQueueOptions;

  constructor(options: DeadQueueOptions) {
    this.options = options;
    this.name = deadQueueName(options.queue);
  }

  /** Resolves when a copy of the message is safe there. @throws when the broker refuses, or is away */
  async putAside(message: ReceivedMessage, record: MessageRecord): Promise<void> {
    const { type, publish, ensureQueue } = this.options;
    await ensureQueue(this.name, type === 'quorum' ? QUORUM_DEAD_QUEUE : CLASSIC);
    const put = async (written: MessageRecord): Promise<void> => {
      const copy = copyOf(message, this.name, { ...lifetimeOf(message), ...written });
      // What is put aside stays until somebody looks.
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

/** `QUEUE.dead`, cut where AMQP has no room for it. */
export function deadQueueName(queue: string): string {
  return `${cutToBytes(queue, SHORT_STRING_BYTES - DEAD_SUFFIX.length)}${DEAD_SUFFIX}`;
}
