import { cutToBytes, SHORT_STRING_BYTES } from '../amqp/index.js';

/** A queue is safe for this long after the last message in it is due. */
const MARGIN_MS = 60_000;
/** The longest time that RabbitMQ takes (MAX_EXPIRY_TIMER in rabbit.hrl). */
const LONGEST_EXPIRY_MS = 2 ** 32 - 1;

export interface DelayQueuesOptions {
  /** Where the messages go when their time has come. */
  readonly queue: string;
  /** Its type, if the file says one: a delay queue is as safe as the queue it belongs to. Else they are classic. */
  readonly type: string | undefined;
  /** Makes sure that a queue exists; @throws when the broker refuses, or is away */
  readonly ensureQueue: (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

/**
 * The queues that messages wait in before they are tried again, one for each delay: `QUEUE.retry.1000`. Nobody consumes
 * from them; a message that has waited is dead-lettered back to its queue by the default exchange
 * (https://www.rabbitmq.com/docs/ttl, https://www.rabbitmq.com/docs/dlx).
 *
 * A classic queue that is not used deletes itself, with all that is in it, and for RabbitMQ only a declaration is a use, not
 * a message (https://www.rabbitmq.com/docs/ttl#queue-ttl). So each is declared again in time: whatever is put into it is due
 * before it could be deleted. A quorum queue does not even count declarations (seen with RabbitMQ 3.10): it stays.
 */
export class DelayQueues {
  private readonly options: DelayQueuesOptions;
  /** When each was declared last, by delay. */
  private readonly declaredAt = new Map<number, number>();

  constructor(options: DelayQueuesOptions) {
    this.options = options;
  }

  /** Makes sure that the queue for a delay is there, long enough for a message that is put into it now; tells its name. */
  async open(delayMs: number): Promise<string> {
    const { queue, type, ensureQueue, nowMs } = this.options;
    const suffix = `.retry.${delayMs}`;
    const name = `${cutToBytes(queue, SHORT_STRING_BYTES - suffix.length)}${suffix}`;
    const expiresMs = this.expiresMs(delayMs);
    const now = nowMs();
    const declaredAt = this.declaredAt.get(delayMs);
    if (declaredAt !== undefined && now - declaredAt < expiresMs - delayMs - MARGIN_MS) return name;
    await ensureQueue(name, {
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue,
      ...(type === 'quorum' ? QUORUM : { ...CLASSIC, 'x-expires': expiresMs }),
    });
    this.declaredAt.set(delayMs, now);
    return name;
  }

  /**
   * A message has arrived there, and may have been on its way for long: makes sure that the queue outlasts it.
   * @throws when the queue may be gone already, and the message with it
   */
  async secure(delayMs: number): Promise<void> {
    const declaredAt = this.declaredAt.get(delayMs) ?? Number.NEGATIVE_INFINITY;
    if (this.options.nowMs() - declaredAt >= this.expiresMs(delayMs) - MARGIN_MS / 2) {
      throw new Error(`the delay queue for ${delayMs} ms may have been deleted before the message came there`);
    }
    await this.open(delayMs);
  }

  private expiresMs(delayMs: number): number {
    if (this.options.type === 'quorum') return Number.POSITIVE_INFINITY;
    return Math.min(LONGEST_EXPIRY_MS, 2 * (delayMs + MARGIN_MS));
  }

  /** The queue for this delay took no message: it may have been deleted by hand. */
  forget(delayMs: number): void {
    this.declaredAt.delete(delayMs);
  }
}

/** Said aloud: where a virtual host makes quorum queues of all that say nothing, it would delete itself with its messages. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

/** With these a quorum queue drops a message only once its target has it (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering). */
const QUORUM = {
  'x-queue-type': 'quorum',
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
} as const;
