import { messageOf, stacksOf } from '../errors/index.js';
import {
  cutToBytes,
  type Publish,
  RECORD_HEADERS,
  type ReceivedMessage,
  SHORT_STRING_BYTES,
} from '../protocol/index.js';
import type { EndReason } from './failure.js';
import { lifetimeOf, withoutLifetime } from './lifetime.js';
import { copyOf, type MessageRecord } from './message-record.js';

/** What a dead queue's name ends in. */
export const DEAD_SUFFIX = '.dead';
/**
 * Each look at a message of a quorum queue may count as a delivery that failed, and RabbitMQ 4 drops it after 20 of them. The
 * largest limit there is; -1, for none, is refused by RabbitMQ 3 (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
 */
const QUORUM = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 ** 31 - 1 } as const;
/** Said aloud: where a virtual host makes quorum queues of all that say nothing, it would have no such limit. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;
/** An error may tell of a whole message; headers have 64 KiB, and a copy that does not fit is never put aside. */
const MAX_CAUSE_BYTES = 1_000;
const MAX_STACK_BYTES = 8 * 1024;

export interface DeadQueueOptions {
  readonly queue: string;
  /** Its type, if the file says one: what is put aside is as safe as it was. Else it is classic. */
  readonly type: string | undefined;
  /** The consumer's name, for the headers of what is put aside. */
  readonly consumer: string;
  readonly host: string;
  readonly publish: (publish: Publish) => Promise<void>;
  /** Makes sure that a queue exists; one that does is taken as it is. */
  readonly ensureQueue: (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly now: () => Date;
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
  async putAside(
    message: ReceivedMessage,
    record: MessageRecord,
    why: { reason: EndReason; error: Error; validationErrors?: readonly string[] },
  ): Promise<void> {
    const { queue, type, consumer, host, publish, ensureQueue, now } = this.options;
    await ensureQueue(this.name, type === 'quorum' ? QUORUM : CLASSIC);
    const { error, reason, validationErrors } = why;
    const copy = copyOf(message, this.name, {
      ...lifetimeOf(message),
      ...record,
      [RECORD_HEADERS.queue]: queue,
      [RECORD_HEADERS.consumer]: consumer,
      [RECORD_HEADERS.reason]: reason,
      [RECORD_HEADERS.cause]: cutToBytes(messageOf(error), MAX_CAUSE_BYTES),
      [RECORD_HEADERS.errorType]: cutToBytes(typeOf(error), MAX_CAUSE_BYTES),
      ...(validationErrors === undefined ? stackOf(error) : { [RECORD_HEADERS.validationErrors]: validationErrors }),
      [RECORD_HEADERS.host]: host,
      [RECORD_HEADERS.diedAt]: now(),
    });
    // What is put aside stays until somebody looks.
    const { properties, ...rest } = withoutLifetime(copy);
    await publish({ ...rest, properties: { ...properties, persistent: true } });
  }
}

/** `QUEUE.dead`, cut where AMQP has no room for it. */
export function deadQueueName(queue: string): string {
  return `${cutToBytes(queue, SHORT_STRING_BYTES - DEAD_SUFFIX.length)}${DEAD_SUFFIX}`;
}

/** Its own, and those of its causes and errors; each gets its share, so that a long one hides none of the others. */
function stackOf(error: Error): MessageRecord {
  const stacks = stacksOf(error);
  const share = Math.floor(MAX_STACK_BYTES / stacks.length) - 1;
  return { [RECORD_HEADERS.stack]: stacks.map((stack) => cutToBytes(stack, share)).join('\n') };
}

/** What the error is: its code tells more than its name, where it has one. */
function typeOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : error.name;
}
