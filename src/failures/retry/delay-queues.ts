import { cutToBytes, SHORT_STRING_BYTES } from '../../amqp/index.js';
import type { EnsureQueue } from './ensured-queues.js';

/** How long a queue outlives its last message. */
const MARGIN_MS = 60_000;
/** RabbitMQ's limit (MAX_EXPIRY_TIMER in rabbit.hrl). */
const LONGEST_EXPIRY_MS = 2 ** 32 - 1;

export interface DelayQueuesOptions {
  readonly queue: string;
  readonly type: string | undefined;
  readonly ensureQueue: EnsureQueue;
  readonly nowMs: () => number;
}

/**
 * The queues in which messages wait for their next attempt, one per delay: `QUEUE.retry.1000`. After the delay, the
 * broker dead-letters a message back to its queue (https://www.rabbitmq.com/docs/ttl,
 * https://www.rabbitmq.com/docs/dlx).
 *
 * An unused classic queue deletes itself and its messages, and RabbitMQ counts only a declaration as use
 * (https://www.rabbitmq.com/docs/ttl#queue-ttl), so we declare each queue again in time. A quorum queue ignores even
 * declarations (seen with RabbitMQ 3.10), so it stays.
 */
export class DelayQueues {
  private readonly options: DelayQueuesOptions;
  private readonly declaredAt = new Map<number, number>();

  constructor(options: DelayQueuesOptions) {
    this.options = options;
  }

  /** Ensures that the queue for a delay outlives a message published now; returns its name. */
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
   * Extends the queue's life after a confirm, because the publish may have taken long.
   * @throws when the queue and the message may already be gone
   */
  async secure(delayMs: number): Promise<void> {
    const declaredAt = this.declaredAt.get(delayMs) ?? Number.NEGATIVE_INFINITY;
    if (this.options.nowMs() - declaredAt >= this.expiresMs(delayMs) - MARGIN_MS / 2) {
      throw new Error(`the delay queue for ${delayMs} ms may have been deleted before the message reached it`);
    }
    await this.open(delayMs);
  }

  private expiresMs(delayMs: number): number {
    if (this.options.type === 'quorum') return Number.POSITIVE_INFINITY;
    return Math.min(LONGEST_EXPIRY_MS, 2 * (delayMs + MARGIN_MS));
  }

  forget(delayMs: number): void {
    this.declaredAt.delete(delayMs);
  }
}

/** A virtual host may default to quorum queues, of which one would delete itself with its messages. */
const CLASSIC = { 'x-queue-type': 'classic' } as const;

/**
 * A quorum queue keeps a message until its target has it (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering).
 */
const QUORUM = {
  'x-queue-type': 'quorum',
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
} as const;
