import type { Logger } from 'pino';
import type { Publish, ReceivedMessage } from '../amqp/index.js';
import { identityOf, RECORD_HEADERS } from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import { BackOff, RETRY_LIMITS } from '../timing/index.js';
import type { DeadLetterExchange } from './dead-letter/dead-letter-exchange.js';
import type { DeadQueue } from './dead-letter/dead-queue.js';
import { type DeathCause, deathRecord } from './dead-letter/death-record.js';
import { type DeliveryLimit, returnsOf } from './delivery-limit.js';
import { type Ended, type EndReason, type Failure, type FailureOutcome, isUncopyable, REQUEUED } from './failure.js';
import { copyOf, type MessageRecord, recordOf, withoutDeaths } from './message-record.js';
import type { DelayQueues } from './retry/delay-queues.js';
import { lifetimeOf, withoutLifetime } from './retry/lifetime.js';
import { askedDelay, type Delay, type RetryPlan, scheduledDelay } from './retry/retry-schedule.js';

export interface FailurePolicyOptions {
  readonly queue: string;
  readonly consumer: string;
  readonly host: string;
  /** Absent: failed messages return to the queue at once, without limit. */
  readonly retry: RetryPlan | undefined;
  readonly onExhausted: 'dead_letter' | 'discard';
  /** 0 is unlimited. */
  readonly maxDeaths: number;
  readonly deliveryLimit: DeliveryLimit;
  readonly deadLetterExchange: DeadLetterExchange | undefined;
  readonly delayQueues: DelayQueues;
  readonly deadQueue: DeadQueue;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Well below the broker's consumer timeout of 30 minutes. */
const KEEP_MS = 300_000;

/** For `Retry` without a delay when the file has no `retry`. */
const DEFAULT_PLAN: RetryPlan = {
  attempts: Number.POSITIVE_INFINITY,
  delayMs: 1_000,
  backoff: 'exponential',
  factor: 4,
  maxDelayMs: 600_000,
  jitter: 0.2,
};

/**
 * Decides what happens to a failed message. A copy is confirmed before the original is answered: a crash may duplicate
 * a message, but never loses it. The record of failures travels in the headers, across restarts and daemons.
 */
export class FailurePolicy {
  private readonly options: FailurePolicyOptions;

  constructor(options: FailurePolicyOptions) {
    this.options = options;
  }

  /**
   * Never rejects. Without a copy, retries for five minutes, then returns the message; returned at once, it would fail
   * in a fast loop. Keeps a message that the broker would drop until its copy is confirmed.
   * @param signal ends the wait: the channel closed, or the daemon stops
   */
  decide(message: ReceivedMessage, failure: Failure, signal: AbortSignal): FailureOutcome | Promise<FailureOutcome> {
    const { retry, maxDeaths, deliveryLimit } = this.options;
    const isPlain = retry === undefined && failure.decision === undefined && (!isDeath(failure) || maxDeaths === 0);
    // Fast path.
    if (isPlain && !deliveryLimit.isSpent(message, 'rejectRequeue')) return REQUEUED;
    if (isPlain) return this.endAtLimit(message, failure.error, signal);
    const seenAt = new Date(this.options.now().getTime() - failure.seenMsAgo);
    return this.copyWithRetries(message, signal, { attempt: () => this.follow(message, failure, seenAt) });
  }

  /** Never rejects; `requeued` means no copy. */
  renew(message: ReceivedMessage, signal: AbortSignal): Promise<FailureOutcome> {
    const { queue, publish, deliveryLimit } = this.options;
    const returns = returnsOf(message);
    const attempt = async (): Promise<FailureOutcome> => {
      await publish(copyOf(message, queue, { [RECORD_HEADERS.returns]: returns }));
      return { kind: 'renewed', returns, limit: deliveryLimit.value ?? returns };
    };
    return this.copyWithRetries(message, signal, {
      attempt,
      what: 'a message with few returns left',
      otherwise: 'running it anyway',
    });
  }

  /** For a message that the broker would drop at its next return. Never rejects; `requeued` means no copy. */
  endAtLimit(message: ReceivedMessage, error: Error, signal: AbortSignal): Promise<FailureOutcome> {
    const returns = returnsOf(message);
    const { deaths, firstSeen } = recordOf(message);
    const attempt = returns + 1;
    const record: MessageRecord = {
      [RECORD_HEADERS.attempts]: attempt,
      [RECORD_HEADERS.returns]: returns,
      ...(deaths > 0 && { [RECORD_HEADERS.deaths]: deaths }),
      ...(firstSeen !== undefined && { [RECORD_HEADERS.firstSeen]: firstSeen }),
    };
    // `on_exhausted: discard` does not apply to the broker's limit.
    const end: End = { reason: 'delivery-limit', attempt, deaths, error };
    return this.copyWithRetries(message, signal, { attempt: () => this.deadLetter(message, record, end) });
  }

  private async copyWithRetries(
    message: ReceivedMessage,
    signal: AbortSignal,
    { attempt, what, otherwise }: CopyAttempt,
  ): Promise<FailureOutcome> {
    const { queue, logger, random, pause, deliveryLimit } = this.options;
    const backOff = new BackOff(RETRY_LIMITS, random);
    let leftMs = deliveryLimit.isLast(message, 'rejectRequeue') ? Number.POSITIVE_INFINITY : KEEP_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        // A retry is useless; the wait only slows a loop of failures.
        const isHopeless = isUncopyable(error) && otherwise === undefined;
        const waitMs = isHopeless ? Math.min(KEEP_MS, leftMs) : backOff.nextMs();
        leftMs = isUncopyable(error) && !isHopeless ? 0 : leftMs - waitMs;
        const isKept = leftMs > 0 && !signal.aborted;
        const later = isHopeless && !signal.aborted ? ` in ${waitMs} ms` : '';
        const next = isKept ? `retrying in ${waitMs} ms` : (otherwise ?? `requeuing it unchanged${later}`);
        logger.error(
          { err: error, queue, ...((isKept || later !== '') && { waitMs }), ...identityOf(message) },
          `cannot copy ${what ?? 'a failed message'}: ${messageOf(error)}; ${next}`,
        );
        if (isKept || isHopeless) await pause(waitMs, signal);
        if (!isKept || signal.aborted) return REQUEUED;
      }
    }
  }

  private async follow(message: ReceivedMessage, failure: Failure, seenAt: Date): Promise<FailureOutcome> {
    const { retry, maxDeaths } = this.options;
    const { decision } = failure;
    const before = recordOf(message);
    // No consumer has seen an invalid message.
    const attempt = before.attempts + (decision?.type === 'invalid' ? 0 : 1);
    const deaths = before.deaths + (isDeath(failure) ? 1 : 0);
    const record: MessageRecord = {
      [RECORD_HEADERS.attempts]: attempt,
      [RECORD_HEADERS.firstSeen]: before.firstSeen ?? seenAt,
      ...(deaths > 0 && { [RECORD_HEADERS.deaths]: deaths }),
    };
    const end = (reason: EndReason): End => ({ reason, attempt, deaths, error: failure.error });
    // A timeout breaks nothing, so it uses up attempts where the file counts them.
    const isLimited = failure.kind === 'died' || (failure.kind === 'timeout' && retry === undefined);
    if (isLimited && maxDeaths > 0 && deaths >= maxDeaths) return this.deadLetter(message, record, end('deaths'));
    if (decision?.type === 'reject') return this.end(message, record, end('rejected'));
    if (decision?.type === 'invalid') {
      return this.end(message, record, { ...end('invalid'), validationErrors: decision.errors });
    }
    if (retry === undefined && decision === undefined) {
      await this.options.publish(copyOf(message, this.options.queue, record));
      return { kind: 'counted', deaths, maxDeaths };
    }
    if (retry !== undefined && attempt >= retry.attempts) return this.end(message, record, end('exhausted'));
    const delay =
      decision?.delayMs === undefined
        ? scheduledDelay(retry ?? DEFAULT_PLAN, attempt, this.options.random)
        : askedDelay(decision.delayMs);
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

  private async end(message: ReceivedMessage, record: MessageRecord, end: End): Promise<FailureOutcome> {
    if (this.options.onExhausted === 'discard') return { kind: 'discarded', ...endedOf(end) };
    return this.deadLetter(message, record, end);
  }

  private async deadLetter(message: ReceivedMessage, record: MessageRecord, end: End): Promise<FailureOutcome> {
    const { deadLetterExchange, deadQueue, now } = this.options;
    const whole = { ...record, ...deathRecord(this.options, end, now()) };
    const ended = endedOf(end);
    if (deadLetterExchange === undefined) {
      await deadQueue.putAside(message, whole);
      return { kind: 'put_aside', ...ended, queue: deadQueue.name };
    }
    const exchange = deadLetterExchange.name;
    const outcome = await deadLetterExchange.publish(message, whole, end.reason);
    if (outcome === 'routed') return { kind: 'dead_lettered', ...ended, exchange };
    if (outcome === 'forbidden') return { kind: 'dead_lettered_by_broker', ...ended, exchange };
    await deadQueue.putAside(message, whole);
    return { kind: 'put_aside', ...ended, queue: deadQueue.name, unrouted: exchange };
  }
}

type End = Ended & DeathCause;

interface CopyAttempt {
  /** @throws when there is no copy yet */
  readonly attempt: () => Promise<FailureOutcome>;
  /** Override the log line; default: a failed message that returns unchanged. */
  readonly what?: string;
  readonly otherwise?: string;
}

function isDeath({ kind }: Failure): boolean {
  return kind !== 'thrown';
}

function endedOf({ reason, attempt, deaths }: End): Ended {
  return { reason, attempt, deaths };
}
