import type { AnswerName } from '../bridge/index.js';
import type { Delivery, DeliveryFeed, Slot } from '../dispatch/index.js';
import type { Failure, FailureOutcome } from '../failures/index.js';
import { BATCH_BOUNDS, DURATION_BOUNDS, Histogram } from './histogram.js';

/**
 * How a delivery ended. `nack` and `reject` are the consumer's answers and the daemon's: it nacks what it requeues before
 * it began, and rejects what failed in an entry without `retry`.
 */
export const OUTCOMES = ['ack', 'nack', 'reject', 'retry', 'dead', 'discard', 'invalid', 'lost'] as const;
export type MessageOutcome = (typeof OUTCOMES)[number];

/** Why a delivery failed; `soft_timeout` only aborts its signal. */
export const FAILURE_REASONS = ['throw', 'soft_timeout', 'hard_timeout', 'death', 'invalid'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface EntryMetricsOptions {
  readonly feed: DeliveryFeed;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Since the epoch. */
  readonly wallMs: () => number;
  /** True: `consume` gets several messages at once. */
  readonly isBatch: boolean;
}

/** Counts the deliveries of one entry by their events. Everything is a plain number until somebody reads it. */
export class EntryMetrics {
  readonly deliveries = { first: 0, redelivered: 0 };
  readonly outcomes: Record<MessageOutcome, number> = {
    ack: 0,
    nack: 0,
    reject: 0,
    retry: 0,
    dead: 0,
    discard: 0,
    invalid: 0,
    lost: 0,
  };
  readonly failures: Record<FailureReason, number> = {
    throw: 0,
    soft_timeout: 0,
    hard_timeout: 0,
    death: 0,
    invalid: 0,
  };
  readonly process = new Histogram(DURATION_BOUNDS);
  readonly wait = new Histogram(DURATION_BOUNDS);
  /** Milliseconds since the epoch; undefined before the first message ended. */
  lastMessageAtMs: number | undefined;
  private lastEndedAtMs: number | undefined;
  private readonly options: EntryMetricsOptions;
  private readonly sizes = new Histogram(BATCH_BOUNDS);
  /** Answers of the consumer: neither a failure nor a release came before. */
  done = 0;
  /** Of a failure, or of a release by the daemon: known before the answer goes out. `answer`: the answer says it. */
  private readonly concluded = new Map<Delivery, MessageOutcome | 'answer'>();
  private readonly batches = new Map<Slot, { beganAtMs: number; size: number }>();

  constructor(options: EntryMetricsOptions) {
    const { feed } = options;
    this.options = options;
    feed.received.on(({ delivery }) => {
      if (delivery.message.redelivered) this.deliveries.redelivered++;
      else this.deliveries.first++;
    });
    // A stream's message that its thread gave back runs again.
    feed.offered.on(({ delivery }) => {
      if (this.concluded.size > 0) this.concluded.delete(delivery);
    });
    feed.answered.on(({ delivery, answer }) => this.answered(delivery, answer));
    feed.lost.on(({ delivery }) => {
      this.concluded.delete(delivery);
      this.outcomes.lost++;
    });
    feed.concluded.on(({ delivery, outcome }) => {
      if (!delivery.isOver) this.concluded.set(delivery, outcomeOf(outcome));
    });
    feed.released.on(({ delivery }) => {
      if (!delivery.isOver) this.concluded.set(delivery, 'answer');
    });
    // A lost delivery has its outcome already, and runs again.
    feed.failed.on(({ delivery, failure }) => {
      if (delivery.state !== 'lost') this.failures[reasonOf(failure)]++;
    });
    feed.expired.on(() => this.failures.soft_timeout++);
    feed.ended.on(({ delivery, slot }) => this.ended(delivery, slot));
  }

  /** Messages that the broker awaits an answer to. */
  get unanswered(): number {
    const { first, redelivered } = this.deliveries;
    return first + redelivered - OUTCOMES.reduce((sum, outcome) => sum + this.outcomes[outcome], 0);
  }

  /** Messages per call of `consume`, for batches. */
  get batchSize(): Histogram {
    // The end of a thread tells of each message while its slot still holds the others.
    for (const [slot, { size }] of this.batches) {
      if (slot.handed.length > 0) continue;
      this.sizes.observe(size);
      this.batches.delete(slot);
    }
    return this.sizes;
  }

  private answered(delivery: Delivery, answer: AnswerName): void {
    // Empty unless a failure has just been concluded.
    const known = this.concluded.size === 0 ? undefined : this.concluded.get(delivery);
    if (known === undefined) this.done++;
    else this.concluded.delete(delivery);
    this.outcomes[known === undefined || known === 'answer' ? nameOf(answer) : known]++;
  }

  private ended({ beganAtMs, endedAtMs, receivedAtMs }: Delivery, slot: Slot): void {
    const { nowMs, wallMs, isBatch } = this.options;
    const now = nowMs();
    // All that end in one turn have the same time.
    if (now !== this.lastEndedAtMs) this.lastMessageAtMs = wallMs();
    this.lastEndedAtMs = now;
    if (beganAtMs === undefined) return;
    // The clock of this turn may be older than the times of the thread.
    this.process.observe(Math.max(0, (endedAtMs ?? now) - beganAtMs) / 1_000);
    this.wait.observe(Math.max(0, beganAtMs - receivedAtMs) / 1_000);
    if (isBatch) this.countBatch(slot, beganAtMs);
  }

  /** A batch's messages begin at the same time, and end one after the other. */
  private countBatch(slot: Slot, beganAtMs: number): void {
    let batch = this.batches.get(slot);
    if (batch?.beganAtMs !== beganAtMs) {
      if (batch !== undefined) this.sizes.observe(batch.size);
      batch = { beganAtMs, size: 0 };
      this.batches.set(slot, batch);
    }
    batch.size++;
    if (slot.handed.length > 0) return;
    this.sizes.observe(batch.size);
    this.batches.delete(slot);
  }
}

function nameOf(answer: AnswerName): 'ack' | 'nack' | 'reject' {
  if (answer === 'ack') return 'ack';
  return answer === 'nackRequeue' || answer === 'nackDrop' ? 'nack' : 'reject';
}

function outcomeOf(outcome: FailureOutcome): MessageOutcome | 'answer' {
  switch (outcome.kind) {
    case 'requeued':
      return 'answer';
    case 'retried':
    case 'counted':
    case 'renewed':
      return 'retry';
    case 'discarded':
      return outcome.reason === 'invalid' ? 'invalid' : 'discard';
    default:
      return outcome.reason === 'invalid' ? 'invalid' : 'dead';
  }
}

function reasonOf({ kind, decision }: Failure): FailureReason {
  if (kind === 'died') return 'death';
  if (kind === 'timeout') return 'hard_timeout';
  return decision?.type === 'invalid' ? 'invalid' : 'throw';
}
