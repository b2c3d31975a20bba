import type { Logger } from 'pino';
import { messageOf } from '../errors/index.js';
import type { Failure, Fate } from '../failures/index.js';
import { assertNever } from '../protocol/index.js';
import { type BrokerTimeout, timeoutText } from './broker-timeout.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { Slot } from './slot.js';

/** Writes the lives of one consumer entry's deliveries: failures and what threads died of always, the rest at `debug`. */
export function logDeliveries(feed: DeliveryFeed, logger: Logger, entry: { queue: string; consumer: string }): void {
  const fields = (delivery: Delivery, slot: Slot | undefined = delivery.handedTo?.slot): object => ({
    ...entry,
    ...(slot !== undefined && { instance: slot.spec.instance, thread: slot.thread }),
    deliveryTag: delivery.message.deliveryTag,
    redelivered: delivery.message.redelivered,
  });
  feed.failed.on(({ delivery, slot, failure }) => logFailure(logger, fields(delivery, slot), failure));
  feed.judged.on(({ delivery, fate }) => logFate(logger, fields(delivery), fate));
  feed.expired.on(({ delivery, slot }) => {
    logger.warn(
      { ...fields(delivery, slot), code: 'DELIVERY_TIMEOUT' },
      'runs for longer than timeout.soft: its signal aborts',
    );
  });
  feed.overdue.on(({ delivery, slot, timeout }) => {
    logger.warn(fields(delivery, slot), `not answered yet: ${forecast(timeout)}`);
  });
  feed.takenBack.on(({ delivery, reason }) => {
    logger.warn({ ...fields(delivery), code: 'DELIVERY_LOST' }, `runs again: ${reason}`);
  });
  feed.released.on(({ delivery, reason, hasBegun }) => {
    if (hasBegun) logger.warn(fields(delivery), `runs again: ${reason}`);
  });
  // Asked once, not for each message: at `info` a message costs no logging work at all.
  if (!logger.isLevelEnabled('debug')) return;
  feed.received.on(({ delivery }) => logger.debug(fields(delivery), 'received'));
  feed.offered.on(({ delivery, slot }) => logger.debug(fields(delivery, slot), 'offered'));
  feed.revoked.on(({ delivery, slot }) => logger.debug(fields(delivery, slot), 'revoked'));
  feed.answered.on(({ delivery, answer }) => logger.debug({ ...fields(delivery), answer }, `answered: ${answer}`));
  feed.released.on(({ delivery, reason }) => logger.debug(fields(delivery), `released: ${reason}`));
  feed.lost.on(({ delivery, reason }) => logger.debug(fields(delivery), `lost: ${reason}`));
}

/** What the broker does about a message that goes on without an answer. */
function forecast(timeout: BrokerTimeout): string {
  const after = `${timeout.isWritten ? '' : 'by default '}${timeoutText(timeout)} after it delivered a message`;
  return timeout.response === 'closes'
    ? `${after}, the broker closes the channel, and all messages that run on it come again`
    : `${after}, the broker cancels the consumer and takes this one message back, which comes again`;
}

function logFailure(logger: Logger, fields: object, { error, verdict }: Failure): void {
  if (verdict === undefined) return logger.error({ ...fields, err: error }, `consume failed: ${messageOf(error)}`);
  // Without the stack: the consumer decided, nothing broke. No consumer has seen what is invalid.
  const line = `${verdict.type}: ${messageOf(error)}`;
  if (verdict.type !== 'invalid') return logger.info({ ...fields, verdict: verdict.type }, line);
  logger.warn({ ...fields, code: 'MESSAGE_INVALID', verdict: verdict.type, validationErrors: verdict.errors }, line);
}

function logFate(logger: Logger, fields: object, fate: Fate): void {
  switch (fate.kind) {
    case 'requeued':
      return logger.debug(fields, 'back on its queue');
    case 'retried': {
      const { attempt, of, delayMs } = fate;
      const count = of === undefined ? `attempt ${attempt}` : `attempt ${attempt} of ${of}`;
      return logger.warn({ ...fields, attempt, delayMs }, `${count} failed: tried again in ${delayMs} ms`);
    }
    case 'counted': {
      const { deaths, maxDeaths } = fate;
      const message = `back on its queue: ${deaths} of ${maxDeaths} threads that it may take down have died`;
      return logger.warn({ ...fields, deaths }, message);
    }
    case 'renewed': {
      const { returns, limit } = fate;
      const message = `replaced by a copy: it has come back ${returns} times, and its queue allows ${limit}`;
      return logger.warn({ ...fields, returns, limit }, message);
    }
    case 'put_aside': {
      const { queue, unrouted } = fate;
      const instead = unrouted === undefined ? '' : ` because dead-letter exchange "${unrouted}" leads to no queue`;
      return logger.error(
        { ...fields, ...endOf(fate), deadQueue: queue },
        `put into "${queue}"${instead}: ${why(fate)}`,
      );
    }
    case 'dead_lettered':
      return logger.error(
        { ...fields, ...endOf(fate) },
        `published to dead-letter exchange "${fate.exchange}": ${why(fate)}`,
      );
    case 'dead_lettered_by_broker': {
      const message = `rejected, for the broker to move it to dead-letter exchange "${fate.exchange}", where this user may not publish`;
      return logger.error({ ...fields, ...endOf(fate) }, `${message}: ${why(fate)}`);
    }
    case 'discarded':
      return logger.error({ ...fields, ...endOf(fate) }, `discarded: ${why(fate)}`);
    default:
      return assertNever(fate);
  }
}

type End = Extract<Fate, { readonly reason: unknown }>;

function endOf({ reason, attempt, deaths }: End): object {
  return { reason, attempt, deaths, code: reason === 'deaths' ? 'MESSAGE_QUARANTINED' : 'MESSAGE_DEAD' };
}

function why({ reason, attempt, deaths }: End): string {
  if (reason === 'deaths') return `${deaths} ${deaths === 1 ? 'thread' : 'threads'} died while it ran`;
  if (reason === 'rejected') return 'its consumer rejected it';
  if (reason === 'invalid') return 'it is invalid';
  if (reason === 'delivery-limit') return `it was delivered ${attempt} times, as often as its queue allows`;
  return attempt === 1 ? 'its only attempt failed' : `all of its ${attempt} attempts failed`;
}
