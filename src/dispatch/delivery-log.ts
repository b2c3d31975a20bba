import type { LevelWithSilent, Logger } from 'pino';
import { assertNever, identityOf } from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import type { Failure, FailureOutcome } from '../failures/index.js';
import { type RepeatableLine, RepeatedLines } from '../logging/index.js';
import type { Delivery, Slot } from './delivery.js';
import type { DeliveryEvents, DeliveryFeed } from './delivery-events.js';
import { isOfLoss } from './failures/loss-log.js';
import { type BrokerTimeout, timeoutText } from './limits/broker-timeout.js';

export interface DeliveryLogOptions {
  readonly feed: DeliveryFeed;
  readonly logger: Logger;
  readonly entry: { readonly queue: string; readonly consumer: string };
  readonly nowMs: () => number;
}

/**
 * Logs the deliveries of one entry: failures when their outcome is known, the rest at `debug`. Equal failures share
 * lines, but a dead message has its own, perhaps its only trace.
 */
export class DeliveryLog {
  private readonly options: DeliveryLogOptions;
  private readonly failures: RepeatedLines;
  private watchesSteps = false;
  private readonly pending = new WeakMap<Delivery, Failure>();

  constructor(options: DeliveryLogOptions) {
    const { feed, logger, entry, nowMs } = options;
    this.options = options;
    this.failures = new RepeatedLines({ logger, shared: entry, nowMs });
    feed.failed.on((event) => this.failed(event));
    feed.concluded.on(({ delivery, outcome }) => this.concluded(delivery, outcome));
    feed.lost.on(({ delivery }) => {
      const failure = this.forget(delivery);
      if (failure !== undefined) this.tellFailure(delivery, failure);
    });
    feed.expired.on(({ delivery, slot }) => {
      const fields = { ...this.fields(delivery, slot), code: 'DELIVERY_TIMEOUT' };
      logger.warn(fields, 'outlasted timeout.soft: aborting its signal');
    });
    feed.overdue.on(({ delivery, slot, timeout }) => {
      logger.warn(this.fields(delivery, slot), `still unanswered: ${forecast(timeout)}`);
    });
    feed.takenBack.on(({ delivery, reason }) => {
      logger.warn({ ...this.fields(delivery), code: 'DELIVERY_LOST' }, `requeued: ${reason}`);
    });
    feed.released.on(({ delivery, reason, hasBegun }) => {
      if (hasBegun) logger.warn(this.fields(delivery), `requeued: ${reason}`);
    });
    this.watchSteps();
  }

  /** Of the lines of this entry on the main thread. */
  get level(): string {
    return this.options.logger.level;
  }

  /** Of the lines of this entry on the main thread; the caller has checked it. */
  setLevel(level: LevelWithSilent): void {
    this.options.logger.level = level;
    this.watchSteps();
  }

  /** At `info`, a message costs no logging at all. */
  private watchSteps(): void {
    if (this.watchesSteps || !this.options.logger.isLevelEnabled('debug')) return;
    this.watchesSteps = true;
    this.logSteps();
  }

  /** Lines about failures that share the line of an equal one. */
  get suppressed(): number {
    return this.failures.suppressed;
  }

  flush(): void {
    this.failures.flush();
  }

  private logSteps(): void {
    const { feed, logger } = this.options;
    // The level may be higher again.
    const step = (delivery: Delivery, text: string, slot?: Slot): void =>
      logger.isLevelEnabled('debug') ? logger.debug(this.fields(delivery, slot), text) : undefined;
    feed.received.on(({ delivery }) => step(delivery, 'received'));
    feed.offered.on(({ delivery, slot }) => step(delivery, 'offered', slot));
    feed.revoked.on(({ delivery, slot }) => step(delivery, 'revoked', slot));
    feed.answered.on(({ delivery, answer }) =>
      logger.debug({ ...this.fields(delivery), answer }, `answered: ${answer}`),
    );
    feed.held.on(({ delivery, waitMs }) => {
      logger.debug({ ...this.fields(delivery), waitMs }, `returned repeatedly; requeuing in ${waitMs} ms`);
    });
    feed.released.on(({ delivery, reason }) => step(delivery, `released: ${reason}`));
    feed.lost.on(({ delivery, reason }) => step(delivery, `lost: ${reason}`));
  }

  private fields(delivery: Delivery, slot: Slot | undefined = delivery.slot): object {
    const { message } = delivery;
    return {
      ...this.options.entry,
      ...(slot !== undefined && { instance: slot.spec.instance, thread: slot.thread }),
      deliveryTag: message.deliveryTag,
      redelivered: message.redelivered,
      ...identityOf(message),
    };
  }

  private failed({ delivery, failure, awaitsOutcome }: DeliveryEvents['failed']): void {
    if (awaitsOutcome) return void this.pending.set(delivery, failure);
    if (delivery.state !== 'lost' || !isOfLoss(failure.error)) return this.tellFailure(delivery, failure);
    // The lost channel has one line for all.
    this.options.logger.debug(this.fields(delivery), `consume failed: ${messageOf(failure.error)}`);
  }

  private concluded(delivery: Delivery, outcome: FailureOutcome): void {
    const failure = this.forget(delivery);
    switch (outcome.kind) {
      case 'requeued':
        if (failure !== undefined) this.tellFailure(delivery, failure);
        return this.options.logger.debug(this.fields(delivery), 'requeued');
      case 'retried': {
        const { attempt, of, delayMs } = outcome;
        const count = of === undefined ? `attempt ${attempt}` : `attempt ${attempt} of ${of}`;
        const text = `${count} failed; retrying in ${delayMs} ms${causeOf(failure)}`;
        const fields = (): object => ({ ...this.fields(delivery), ...errorOf(failure), attempt, waitMs: delayMs });
        return void this.failures.write({ level: 'warn', kind: kindOf(failure, text), text, fields });
      }
      case 'counted': {
        const { deaths, maxDeaths } = outcome;
        const text = `requeued: thread death ${deaths} of ${maxDeaths}${causeOf(failure)}`;
        return this.options.logger.warn({ ...this.fields(delivery), deaths }, text);
      }
      case 'renewed': {
        const { returns, limit } = outcome;
        const text = `replaced by a copy: returned ${returns} times, its queue allows ${limit}`;
        return this.options.logger.warn({ ...this.fields(delivery), returns, limit }, text);
      }
      case 'put_aside': {
        const { queue, unrouted } = outcome;
        const instead =
          unrouted === undefined ? '' : ` because dead-letter exchange "${unrouted}" routed it to no queue`;
        return this.tellEnd(delivery, failure, outcome, `put into "${queue}"${instead}`);
      }
      case 'dead_lettered':
        return this.tellEnd(delivery, failure, outcome, `published to dead-letter exchange "${outcome.exchange}"`);
      case 'dead_lettered_by_broker': {
        const text = `rejected to dead-letter exchange "${outcome.exchange}", to which this user may not publish`;
        return this.tellEnd(delivery, failure, outcome, text);
      }
      case 'discarded':
        return this.tellEnd(delivery, failure, outcome, 'discarded');
      default:
        return assertNever(outcome);
    }
  }

  private tellFailure(delivery: Delivery, failure: Failure): void {
    const { decision, error } = failure;
    const text = `${decision?.type ?? 'consume failed'}: ${messageOf(error)}`;
    const fields = (): object => ({ ...this.fields(delivery), ...errorOf(failure) });
    this.failures.write({ level: levelOf(failure), kind: kindOf(failure, text), text, fields });
  }

  /** Thousands may die of one error. */
  private tellEnd(delivery: Delivery, failure: Failure | undefined, end: End, what: string): void {
    const text = `${what}: ${why(end)}${causeOf(failure)}`;
    const level = levelOfEnd(end);
    const isNew = this.failures.isNew({ level, kind: kindOf(failure, text), text });
    const { reason, attempt, deaths } = end;
    const queue = 'queue' in end ? { deadQueue: end.queue } : {};
    this.options.logger[level](
      {
        ...this.fields(delivery),
        reason,
        attempt,
        deaths,
        ...queue,
        code: CODES[reason],
        ...(isNew || failure?.decision !== undefined ? errorOf(failure) : {}),
      },
      text,
    );
  }

  private forget(delivery: Delivery): Failure | undefined {
    const failure = this.pending.get(delivery);
    this.pending.delete(delivery);
    return failure;
  }
}

type End = Extract<FailureOutcome, { readonly reason: unknown }>;

const CODES = {
  exhausted: 'MESSAGE_DEAD',
  rejected: 'MESSAGE_DEAD',
  deaths: 'MESSAGE_QUARANTINED',
  invalid: 'MESSAGE_INVALID',
  'delivery-limit': 'MESSAGE_DEAD',
} as const satisfies Record<End['reason'], string>;

function why({ reason, attempt, deaths }: End): string {
  if (reason === 'deaths') return `${deaths} ${deaths === 1 ? 'thread' : 'threads'} died while it ran`;
  if (reason === 'rejected') return 'its consumer rejected it';
  if (reason === 'invalid') return 'it is invalid';
  if (reason === 'delivery-limit') return `it was delivered ${attempt} times, the delivery limit of its queue`;
  if (attempt === 1) return 'its only attempt failed';
  return attempt === 2 ? 'both attempts failed' : `all ${attempt} attempts failed`;
}

/** A rejected message went where its consumer wants it, so nobody should be alerted; a misconfigured exchange is worth a look. */
function levelOfEnd(end: End): 'error' | 'warn' | 'info' {
  if (end.reason !== 'rejected') return 'error';
  const isMisrouted =
    end.kind === 'dead_lettered_by_broker' || (end.kind === 'put_aside' && end.unrouted !== undefined);
  return isMisrouted ? 'warn' : 'info';
}

function causeOf(failure: Failure | undefined): string {
  return failure === undefined ? '' : `: ${messageOf(failure.error)}`;
}

function errorOf(failure: Failure | undefined): object {
  if (failure === undefined) return {};
  const { error, decision } = failure;
  if (decision === undefined) return { err: error };
  if (decision.type !== 'invalid') return { decision: decision.type };
  return { decision: decision.type, code: 'MESSAGE_INVALID', validationErrors: decision.errors };
}

function levelOf({ decision }: Failure): RepeatableLine['level'] {
  if (decision === undefined) return 'error';
  return decision.type === 'invalid' ? 'warn' : 'info';
}

function kindOf(failure: Failure | undefined, text: string): string {
  if (failure === undefined) return text;
  const { error } = failure;
  return `${error.name} ${'code' in error ? String(error.code) : ''} ${text}`;
}

function forecast(timeout: BrokerTimeout): string {
  const after = `${timeout.isWritten ? '' : 'by default '}${timeoutText(timeout)} after a delivery`;
  return timeout.response === 'closes'
    ? `the broker closes the channel ${after} and redelivers every message that runs on it`
    : `the broker cancels the consumer ${after} and redelivers this message`;
}
