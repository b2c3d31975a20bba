import type { Logger } from 'pino';
import type { Publish, ReceivedMessage } from '../amqp/index.js';
import { messageOf } from '../errors/index.js';
import { identityOf, RECORD_HEADERS } from '../protocol/index.js';
import { BackOff, RETRY_LIMITS } from '../waiting/index.js';
import type { DeadLetterExchange } from './dead-letter-exchange.js';
import type { DeadQueue } from './dead-queue.js';
import { type DeathCause, deathRecord } from './death-record.js';
import type { DelayQueues } from './delay-queues.js';
import { type DeliveryLimit, returnsOf } from './delivery-limit.js';
import { type Ended, type EndReason, type Failure, type Fate, REQUEUED } from './failure.js';
import { lifetimeOf, withoutLifetime } from './lifetime.js';
import { copyOf, type MessageRecord, recordOf, withoutDeaths } from './message-record.js';
import { askedDelay, type Delay, type RetryPlan, scheduledDelay } from './retry-schedule.js';
import { isUncopiable } from './uncopiable.js';

export interface FailurePolicyOptions {
  readonly queue: string;
  /** The consumer's name, for the headers of dead messages. */
  readonly consumer: string;
  /** This machine's name, likewise. */
  readonly host: string;
  /** Absent: what fails goes back at once and without limit. */
  readonly retry: RetryPlan | undefined;
  readonly onExhausted: 'dead_letter' | 'discard';
  /** Threads that a message may take down; 0: as many as it likes. */
  readonly maxDeaths: number;
  /** How often the broker takes a message back. */
  readonly deliveryLimit: DeliveryLimit;
  /** Absent: the queue has none that we know of. */
  readonly deadLetterExchange: DeadLetterExchange | undefined;
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
   * it is. Sent back at once it would fail again at once: as often as the machine can, for as long as the broker refuses. One
   * that the broker would drop is kept until its copy is safe.
   * @param over aborts when there is nothing to keep any more: the message's channel has gone, or the daemon stops
   */
  decide(message: ReceivedMessage, failure: Failure, over: AbortSignal): Fate | Promise<Fate> {
    const { retry, maxDeaths, deliveryLimit } = this.options;
    const isPlain = retry === undefined && failure.verdict === undefined && (!isDeath(failure) || maxDeaths === 0);
    // The original's way, and hardly any work for it.
    if (isPlain && !deliveryLimit.isSpent(message, 'rejectRequeue')) return REQUEUED;
    if (isPlain) return this.endAtLimit(message, failure.error, over);
    const seenAt = new Date(this.options.now().getTime() - failure.seenMsAgo);
    return this.insist(message, over, { attempt: () => this.follow(message, failure, seenAt) });
  }

  /**
   * Puts a copy in the place of a message that has few returns left. Never rejects; `requeued` means that there is no copy.
   * @param over as for `decide`
   */
  renew(message: ReceivedMessage, over: AbortSignal): Promise<Fate> {
    const { queue, publish, deliveryLimit } = this.options;
    const returns = returnsOf(message);
    const attempt = async (): Promise<Fate> => {
      await publish(copyOf(message, queue, { [RECORD_HEADERS.returns]: returns }));
      return { kind: 'renewed', returns, limit: deliveryLimit.value ?? returns };
    };
    return this.insist(message, over, {
      attempt,
      what: 'a message with few returns left',
      otherwise: 'runs all the same',
    });
  }

  /**
   * Ends a message that the broker would drop if it were given back once more. Never rejects; `requeued` means that there is no copy.
   * @param over as for `decide`
   */
  endAtLimit(message: ReceivedMessage, error: Error, over: AbortSignal): Promise<Fate> {
    const returns = returnsOf(message);
    const { deaths, firstSeen } = recordOf(message);
    const attempt = returns + 1;
    const record: MessageRecord = {
      [RECORD_HEADERS.attempts]: attempt,
      [RECORD_HEADERS.returns]: returns,
      ...(deaths > 0 && { [RECORD_HEADERS.deaths]: deaths }),
      ...(firstSeen !== undefined && { [RECORD_HEADERS.firstSeen]: firstSeen }),
    };
    // The broker's limit, not the file's: `on_exhausted: discard` does not mean it.
    const end: End = { reason: 'delivery-limit', attempt, deaths, error };
    return this.insist(message, over, { attempt: () => this.deadLetter(message, record, end) });
  }

  private async insist(
    message: ReceivedMessage,
    over: AbortSignal,
    { attempt, what, otherwise }: Endeavour,
  ): Promise<Fate> {
    const { queue, logger, random, pause, deliveryLimit } = this.options;
    const backOff = new BackOff(RETRY_LIMITS, random);
    let leftMs = deliveryLimit.isLast(message, 'rejectRequeue') ? Number.POSITIVE_INFINITY : KEEP_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        // The copy would be refused each time: only the wait keeps the message from failing again as often as the machine can.
        const isHopeless = isUncopiable(error) && otherwise === undefined;
        const waitMs = isHopeless ? Math.min(KEEP_MS, leftMs) : backOff.nextMs();
        leftMs = isUncopiable(error) && !isHopeless ? 0 : leftMs - waitMs;
        const isKept = leftMs > 0 && !over.aborted;
        const later = isHopeless && !over.aborted ? ` in ${waitMs} ms` : '';
        const next = isKept ? `is kept, the next try is in ${waitMs} ms` : (otherwise ?? `goes back as it is${later}`);
        logger.error(
          { err: error, queue, ...identityOf(message) },
          `${what ?? 'a message that failed'} ${isHopeless ? 'cannot' : 'could not'} be copied and ${next}: ${messageOf(error)}`,
        );
        if (isKept || isHopeless) await pause(waitMs, over);
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
    if (isLimited && maxDeaths > 0 && deaths >= maxDeaths) return this.deadLetter(message, record, end('deaths'));
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
    if (this.options.onExhausted === 'discard') return { kind: 'discarded', ...endedOf(end) };
    return this.deadLetter(message, record, end);
  }

  /** Makes sure that a dead message is somewhere: behind the dead-letter exchange of its queue, or else in `QUEUE.dead`. */
  private async deadLetter(message: ReceivedMessage, record: MessageRecord, end: End): Promise<Fate> {
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

interface Endeavour {
  /** @throws when there is no copy yet */
  readonly attempt: () => Promise<Fate>;
  /** For the log: which message it is, and what becomes of it in the end. Default: one that failed, which goes back as it is. */
  readonly what?: string;
  readonly otherwise?: string;
}

function isDeath({ kind }: Failure): boolean {
  return kind !== 'thrown';
}

function endedOf({ reason, attempt, deaths }: End): Ended {
  return { reason, attempt, deaths };
}
