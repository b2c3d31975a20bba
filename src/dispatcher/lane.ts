import type { Logger } from 'pino';
import type { Configuration } from '../config/index.js';
import type { WorkerSession } from '../pool/index.js';
import type { Publish } from '../protocol/index.js';
import type { Delivery } from './delivery.js';
import { DeliveryFeed } from './delivery-events.js';
import { logDeliveries } from './delivery-log.js';
import { Dispatch } from './dispatch.js';
import { Quarantine } from './quarantine.js';
import type { Seating } from './seating.js';

/** One entry of the file at work. */
export interface Lane extends Seating {
  readonly isStream: boolean;
  readonly dispatch: Dispatch;
}

export interface LaneOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly session: (thread: number) => WorkerSession<Delivery>;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly ensureQueue: (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly nowMs: () => number;
}

const QUEUE_TYPE = 'x-queue-type';
/** A consumer argument that only a stream takes: one that the file does not declare is known by it. */
const STREAM_OFFSET = 'x-stream-offset';

/** Gives an entry's seats their dispatch, its log, and a place for messages that take threads down. */
export function openLane(seating: Seating, options: LaneOptions): Lane {
  const { configuration, logger, session, publish, ensureQueue, nowMs } = options;
  const { queue, name, maxDeaths } = seating.entry;
  const feed = new DeliveryFeed();
  logDeliveries(feed, logger, { queue, consumer: name });
  const type = configuration.queues.find((declared) => declared.queue === queue)?.arguments[QUEUE_TYPE];
  const isStream = type === 'stream' || STREAM_OFFSET in seating.entry.arguments;
  // A stream gives nothing back and delivers nothing again: what took a thread down is passed, not repeated.
  if (maxDeaths === 0 || isStream)
    return { ...seating, isStream, dispatch: new Dispatch({ ...seating, session, feed, nowMs }) };
  const quarantine = new Quarantine({
    queue,
    consumer: name,
    maxDeaths,
    feed,
    logger,
    publish,
    // As safe as the queue that the message comes from.
    ensureQueue: (dead) => ensureQueue(dead, type === 'quorum' ? { [QUEUE_TYPE]: type } : {}),
    now: () => new Date(),
  });
  const admit: Quarantine['admit'] = (delivery, cause) => quarantine.admit(delivery, cause);
  return {
    ...seating,
    isStream,
    dispatch: new Dispatch({ slots: seating.slots, session, feed, nowMs, admit }),
  };
}
