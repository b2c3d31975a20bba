import type { Logger } from 'pino';
import type { Publisher } from '../broker/index.js';
import { type Delivery, logDeath, logEnding } from '../dispatch/index.js';
import { DeliveryError } from '../errors/index.js';
import type { ConsumerMetrics } from '../metrics/index.js';
import type { PoolEvents } from '../threads/index.js';
import type { DeliveryTraces } from './delivery-traces.js';

export interface PoolEventsOptions extends Pick<PoolEvents<Delivery>, 'fatal' | 'log'> {
  readonly consumers: ConsumerMetrics;
  readonly send: Publisher['send'];
  /** Writes what the log still holds. */
  readonly flushLog: () => void;
  readonly logger: Logger;
  /** Undefined: no spans. */
  readonly traces: DeliveryTraces | undefined;
  readonly onDeath: (thread: number, cause: Error) => void;
}

/** Connects the pool's events to publisher and log. */
export function poolEvents(options: PoolEventsOptions): PoolEvents<Delivery> {
  const { send, log, flushLog, logger, consumers, traces, onDeath, fatal } = options;
  return {
    publish: (delivery, message, done) => {
      if (delivery?.state !== 'lost') {
        const traced = traces?.publish(delivery, message, done);
        return traced === undefined ? send(message, done) : send(traced.message, traced.done);
      }
      done(new DeliveryError('DELIVERY_LOST', 'publish refused: the channel of this delivery closed'));
    },
    log,
    metrics: (session, changes) => consumers.receive(session, changes),
    metricsGone: (session) => consumers.gone(session),
    threadTerminates: (ending) => {
      logEnding(logger, ending);
      traces?.threadTerminates(ending);
      // The process may end with the thread.
      flushLog();
    },
    threadDied: (death) => {
      onDeath(death.thread, death.cause);
      traces?.threadDied(death);
      logDeath(logger, death);
    },
    fatal,
  };
}
