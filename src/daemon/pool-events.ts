import type { Logger } from 'pino';
import type { Publisher } from '../broker/index.js';
import { type Delivery, logDeath, logEnding } from '../dispatch/index.js';
import { DeliveryError } from '../errors/index.js';
import type { ConsumerMetrics } from '../metrics/index.js';
import type { PoolEvents } from '../threads/index.js';

export interface PoolEventsOptions extends Pick<PoolEvents<Delivery>, 'fatal' | 'log'> {
  readonly consumers: ConsumerMetrics;
  readonly send: Publisher['send'];
  /** Writes what the log still holds. */
  readonly flushLog: () => void;
  readonly logger: Logger;
  readonly onDeath: (thread: number, cause: Error) => void;
}

/** Connects the pool's events to publisher and log. */
export function poolEvents(options: PoolEventsOptions): PoolEvents<Delivery> {
  const { send, log, flushLog, logger, consumers, onDeath, fatal } = options;
  return {
    publish: (delivery, message, done) => {
      if (delivery?.state !== 'lost') return send(message, done);
      done(new DeliveryError('DELIVERY_LOST', 'publish refused: the channel of this delivery closed'));
    },
    log,
    metrics: (session, changes) => consumers.receive(session, changes),
    metricsGone: (session) => consumers.gone(session),
    threadTerminates: (ending) => {
      logEnding(logger, ending);
      // The process may end with the thread.
      flushLog();
    },
    threadDied: (death) => {
      onDeath(death.thread, death.cause);
      logDeath(logger, death);
    },
    fatal,
  };
}
