import type { Logger } from 'pino';
import type { Publisher } from '../broker/index.js';
import { DeliveryError } from '../errors/index.js';
import type { PoolEvents } from '../pool/index.js';
import { logDeath, logEnding } from './blame.js';
import type { Delivery } from './delivery.js';
import type { Places } from './places.js';

export interface PoolEventsOptions extends Pick<PoolEvents<Delivery>, 'fatal'> {
  readonly places: Places;
  /** Publishes what a consumer has encoded. */
  readonly send: Publisher['send'];
  readonly writeLine: (line: string) => void;
  /** Writes what the log still holds. */
  readonly flushLog: () => void;
  readonly logger: Logger;
}

/** What the pool tells goes to the dispatch of the entry that it is about; its publishes go to the publisher. */
export function poolEvents({
  places,
  send,
  writeLine,
  flushLog,
  logger,
  fatal,
}: PoolEventsOptions): PoolEvents<Delivery> {
  return {
    settle: (delivery, answer) => places.dispatchOf(delivery)?.settle(delivery, answer),
    finished: (delivery) => places.dispatchOf(delivery)?.finished(delivery),
    failed: (delivery, error, verdict) => places.dispatchOf(delivery)?.failed(delivery, error, verdict),
    failedAlone: (delivery, error, verdict) => places.dispatchOf(delivery)?.failedAlone(delivery, error, verdict),
    publish: (delivery, message, done) => {
      if (delivery?.state !== 'lost') return send(message, done);
      done(new DeliveryError('DELIVERY_LOST', 'publish refused: the channel of this delivery has gone'));
    },
    slotDown: (number) => places.at(number, ({ lane, slot }) => lane.dispatch.slotDown(slot)),
    slotUp: (number) => places.rise(number),
    slotAwake: (number) => places.at(number, ({ lane, slot }) => lane.dispatch.slotAwake(slot)),
    slotRetires: async (number) => places.at(number, ({ lane, slot }) => lane.dispatch.retire(slot)),
    log: writeLine,
    threadTerminates: (ending) => {
      logEnding(logger, ending);
      // The process may end with the thread, and then nothing is written any more.
      flushLog();
    },
    threadDied: (death) => {
      logDeath(logger, death);
      // All of them first: what one of them leaves must go to none of the others.
      for (const number of death.slots) {
        places.at(number, ({ slot }) => {
          slot.up = false;
        });
      }
      for (const number of death.slots) {
        places.at(number, ({ lane, slot }) => {
          const own = death.orphans.filter(({ delivery }) => delivery.handedTo?.slot === slot);
          lane.dispatch.slotDied(slot, own, death.cause);
        });
      }
    },
    fatal,
  };
}
