import type { Logger } from 'pino';
import { messageOf } from '../errors/index.js';
import { type Publish, RECORD_HEADERS, type ReceivedMessage } from '../protocol/index.js';
import { BackOff, RETRY_LIMITS } from '../waiting/index.js';
import type { DeadQueue } from './dead-queue.js';
import type { DelayQueues } from './delay-queues.js';
import { type Ended, type EndReason, type Failure, type Fate, REQUEUED } from './failure.js';
import { lifetimeOf, withoutLifetime } from './lifetime.js';
import { copyOf, type MessageRecord, recordOf, withoutDeaths } from './message-record.js';
import { askedDelay, type Delay, type RetryPlan, scheduledDelay } from './retry-schedule.js';

export interface FailurePolicyOptions {
  readonly queue: string;
  /** Absent: what fails goes back at once and without limit. */
  readonly retry: RetryPlan | undefined;
  readonly onExhausted: 'dead_letter' | 'discard';
  /** Threads that a message may take down; 0: as many as it likes. */
  readonly maxDeaths: number;
  /** True when the queue has a dead-letter exchange of its own. */
  readonly hasDeadLetterExchange: boolean;
  readonly delayQueues: DelayQueues;
  readonly deadQueue: DeadQueue;
  /** Resolves when the broker has confirmed. */
  readonly publish: (publish: Publish) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  /** Waits, or returns early when the signal aborts. */
  readonly pause: (ms: number, over: AbortSignal) => Promise<void>;
}

/** How long a message is kept whose copy cannot be made: well within the 30 min that the broker waits for an answer. */
const KEEP_MS = 300_000;

/** For a consumer that throws `Retry` without a delay where the file has no `retry`. */
const UNPLANNED: RetryPlan = {
  attempts: Number.POSITIVE_INFINITY,
  delayMs: 1_000,
  backoff: 'exponential',
  factor: 4,
  maxDelayMs: 600_000,
  jitter: 0.2,
};

/**
 * Decides what becomes of a message that failed, and makes sure of it: where a copy takes its place, the copy is confirmed
 * before the original is answered, so that a crash between the two doubles the message and never loses it. What is known of
 * earlier failures travels in the message itself: across restarts, and from one daemon to another.
 */
export class FailurePolicy {
  private readonly options: FailurePolicyOptions;

  constructor(options: FailurePolicyOptions) {
    this.options = options;
  }

  /**
   * Never rejects. A message whose copy cannot be made is kept, and the copy tried again, for five minutes; then it goes back as
   * it is. Sent back at once it would fail again at once: as often as the machine can, for as long as the broker refuses.
   * @param over aborts when there is nothing to keep any more: the message's channel has gone, or the daemon stops
   */
  decide(message: ReceivedMessage, failure: Failure, over: AbortSignal): Fate | Promise<Fate> {
    const { retry, maxDeaths } = this.options;
    // The original's way, and no work at all for it.
    if (retry === undefined && failure.verdict === undefined && (!isDeath(failure) || maxDeaths === 0)) return REQUEUED;
    return this.insist(message, failure, over);
  }

  private async insist(message: ReceivedMessage, failure: Failure, over: AbortSignal): Promise<Fate> {
    const { queue, logger, now, random, pause } = this.options;
    const seenAt = new Date(now().getTime() - failure.seenMsAgo);
    const backOff = new BackOff(RETRY_LIMITS, random);
    let leftMs = KEEP_MS;
    for (;;) {
      try {
        return await this.follow(message, failure, seenAt);
      } catch (error) {
        const waitMs = backOff.nextMs();
        leftMs -= waitMs;
        const isKept = leftMs > 0 && !over.aborted;
        const next = isKept ? `is kept, the next try is in ${waitMs} ms` : 'goes back as it is';
        logger.error(
          { err: error, queue },
          `a message that failed could not be copied and ${next}: ${messageOf(error)}`,
        );
        if (isKept) await pause(waitMs, over);
        if (!isKept || over.aborted) return REQUEUED;
      }
    }
  }

  private async follow(message: ReceivedMessage, failure: Failure, seenAt: Date): Promise<Fate> {
    const { retry, maxDeaths } = this.options;
    const { verdict } = failure;
    const before = recordOf(message);
    // An invalid message was not tried: no consumer has seen it.
    const attempt = before.attempts + (verdict?.type === 'invalid' ? 0 : 1);
    const deaths = before.deaths + (isDeath(failure) ? 1 : 0);
    const record: MessageRecord = {
      [RECORD_HEADERS.attempts]: attempt,
      [RECORD_HEADERS.firstSeen]: before.firstSeen ?? seenAt,
      ...(deaths > 0 && { [RECORD_HEADERS.deaths]: deaths }),
    };
    const end = (reason: EndReason): End => ({ reason, attempt, deaths, error: failure.error });
    // One that takes too long has its attempts, where the file counts them: nothing broke.
    const isLimited = failure.kind === 'died' || (failure.kind === 'timeout' && retry === undefined);
    if (isLimited && maxDeaths > 0 && deaths >= maxDeaths) return this.putAside(message, record, end('deaths'));
    if (verdict?.type === 'reject') return this.end(message, record, end('rejected'));
    if (verdict?.type === 'invalid') {
      return this.end(message, record, { ...end('invalid'), validationErrors: verdict.errors });
    }
    if (retry === undefined && verdict === undefined) {
      await this.options.publish(copyOf(message, this.options.queue, record));
      return { kind: 'counted', deaths, maxDeaths };
    }
    if (retry !== undefined && attempt >= retry.attempts) return this.end(message, record, end('exhausted'));
    const delay =
      verdict?.delayMs === undefined
        ? scheduledDelay(retry ?? UNPLANNED, attempt, this.options.random)
        : askedDelay(verdict.delayMs);
    await this.delay(message, record, delay);
    return { kind: 'retried', attempt, of: retry?.attempts, delayMs: delay.ms };
  }

  private async delay(message: ReceivedMessage, record: MessageRecord, { nominalMs, ms }: Delay): Promise<void> {
    const { queue, delayQueues, publish } = this.options;
    const marked = { ...lifetimeOf(message), ...record };
    if (ms === 0) return publish(withoutLifetime(copyOf(message, queue, marked)));
    const copy = copyOf(message, await delayQueues.open(nominalMs), marked);
    try {
      await publish({
        ...copy,
        headers: withoutDeaths(copy.headers),
        properties: { ...copy.properties, expiration: String(ms) },
      });
      await delayQueues.secure(nominalMs);
    } catch (error) {
      delayQueues.forget(nominalMs);
      throw error;
    }
  }

  private async end(message: ReceivedMessage, record: MessageRecord, end: End): Promise<Fate> {
    const { onExhausted, hasDeadLetterExchange } = this.options;
    if (onExhausted === 'dead_letter' && !hasDeadLetterExchange) return this.putAside(message, record, end);
    return { kind: onExhausted === 'discard' ? 'discarded' : 'dead_lettered', ...endedOf(end) };
  }

  private async putAside(message: ReceivedMessage, record: MessageRecord, end: End): Promise<Fate> {
    const { deadQueue } = this.options;
    await deadQueue.putAside(message, record, end);
    return { kind: 'put_aside', ...endedOf(end), queue: deadQueue.name };
  }
}

interface End extends Ended {
  readonly error: Error;
  /** Of a message that never reached its consumer. */
  readonly validationErrors?: readonly string[];
}

function isDeath({ kind }: Failure): boolean {
  return kind !== 'thrown';
}

function endedOf({ reason, attempt, deaths }: End): Ended {
  return { reason, attempt, deaths };
}
