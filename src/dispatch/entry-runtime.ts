import type { Logger } from 'pino';
import type { Publish } from '../amqp/index.js';
import { type BrokerServer, isRabbitMqSince, type ReleaseLine } from '../broker/index.js';
import type { ArgumentTable, Configuration, ConsumerConfig } from '../config/index.js';
import { ConsumerError } from '../errors/index.js';
import {
  askingOnce,
  DeadLetterExchange,
  DeadQueue,
  DelayQueues,
  DeliveryLimit,
  FailurePolicy,
  isSuspect,
} from '../failures/index.js';
import { pause } from '../timing/index.js';
import type { BatchRule } from './backlog/batches.js';
import { keyReader } from './backlog/partition-key.js';
import type { Slot } from './delivery.js';
import { DeliveryFeed } from './delivery-events.js';
import { DeliveryFlow } from './delivery-flow.js';
import { DeliveryLog } from './delivery-log.js';
import type { LossLog } from './failures/loss-log.js';
import type { OutcomeOf, ReturnLimit } from './failures/pending-outcomes.js';
import { type BrokerTimeout, brokerTimeout } from './limits/broker-timeout.js';
import { LongRuns } from './limits/long-runs.js';
import { RateLimit } from './limits/rate-limit.js';
import { TimeoutWatch } from './limits/timeout-watch.js';
import type { SlotLayout } from './slots/slot-layout.js';

/** One running entry of the file. */
export interface EntryRuntime extends SlotLayout {
  readonly isStream: boolean;
  readonly flow: DeliveryFlow;
  readonly feed: DeliveryFeed;
  readonly log: DeliveryLog;
  readonly longRuns: LongRuns;
}

export interface EntryRuntimeOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly ensureQueue: (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Undefined until connected. */
  readonly server: () => BrokerServer | undefined;
  readonly losses: LossLog;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly killThread: (slot: Slot, cause: ConsumerError) => void;
  /** For the headers of dead messages. */
  readonly host: string;
}

const QUEUE_TYPE = 'x-queue-type';
const DEAD_LETTER_EXCHANGE = 'x-dead-letter-exchange';
const DEAD_LETTER_ROUTING_KEY = 'x-dead-letter-routing-key';
const DELIVERY_LIMIT = 'x-delivery-limit';
/** Tells a stream that the file does not declare. */
const STREAM_OFFSET = 'x-stream-offset';

/** Opens an entry: its flow, log and failure policy. */
export function openEntry(layout: SlotLayout, options: EntryRuntimeOptions): EntryRuntime {
  const { configuration, losses, nowMs, random } = options;
  // Its own, so that its level can change.
  const logger = options.logger.child({});
  const { queue, name } = layout.entry;
  const feed = new DeliveryFeed();
  const log = new DeliveryLog({ feed, logger, entry: { queue, consumer: name }, nowMs });
  const longRuns = new LongRuns({ entry: { queue, consumer: name }, slots: layout.slots, logger, nowMs });
  feed.interrupted.on(({ running, reason }) => losses.note(queue, running, reason));
  const args = configuration.queues.find((declared) => declared.queue === queue)?.arguments ?? {};
  const isStream = args[QUEUE_TYPE] === 'stream' || STREAM_OFFSET in layout.entry.arguments;
  const timeoutOfBroker = (): BrokerTimeout | undefined =>
    brokerTimeout({
      server: options.server(),
      type: isStream ? 'stream' : textOf(args[QUEUE_TYPE]),
      consumerArguments: layout.entry.arguments,
      queueArguments: args,
    });
  const timeouts = watchTimeouts(layout, feed, { ...options, brokerTimeout: timeoutOfBroker });
  const { rateLimit: perSecond, partitionBy } = layout.entry;
  const keyOf = partitionBy === undefined ? undefined : keyReader(partitionBy);
  const rateLimit = perSecond === undefined ? undefined : new RateLimit(perSecond, nowMs);
  const batch = batchRule(layout.entry);
  const flowOptions = {
    slots: layout.slots,
    feed,
    nowMs,
    random,
    keyOf,
    isStream,
    rateLimit,
    batch,
    timeouts,
    brokerTimeout: timeoutOfBroker,
  };
  // A stream takes nothing back.
  if (isStream) return { ...layout, isStream, feed, log, longRuns, flow: new DeliveryFlow(flowOptions) };
  const limit = openLimit(args, options.server);
  const policy = openPolicy(layout, { ...options, logger, arguments: args, limit });
  const outcomeOf: OutcomeOf = (message, failure, over) => policy.decide(message, failure, over);
  const returns: ReturnLimit = {
    needsRenewal: (message) => limit.needsRenewal(message),
    isLast: (message, how) => limit.isLast(message, how),
    isSpent: (message, how) => limit.isSpent(message, how),
    renew: (message, over) => policy.renew(message, over),
    end: (message, error, over) => policy.endAtLimit(message, error, over),
  };
  return { ...layout, isStream, feed, log, longRuns, flow: new DeliveryFlow({ ...flowOptions, outcomeOf, returns }) };
}

function openLimit(args: ArgumentTable, server: EntryRuntimeOptions['server']): DeliveryLimit {
  const written = args[DELIVERY_LIMIT];
  const isSince = (line: ReleaseLine): boolean => isRabbitMqSince(server(), line);
  return new DeliveryLimit({
    written: typeof written === 'number' ? written : undefined,
    isUnlimited: args[QUEUE_TYPE] === 'classic',
    hasDefault: () => isSince('4.0'),
    ignoresNacks: () => isSince('4.3'),
  });
}

function batchRule({ batch, retry }: ConsumerConfig): BatchRule | undefined {
  return batch === undefined ? undefined : { ...batch, goesAlone: (message) => isSuspect(message, retry) };
}

interface WatchOptions extends EntryRuntimeOptions {
  readonly brokerTimeout: () => BrokerTimeout | undefined;
}

function watchTimeouts({ slots, entry }: SlotLayout, feed: DeliveryFeed, options: WatchOptions): TimeoutWatch {
  const { killThread, nowMs } = options;
  // Without certainty, a warning might be wrong.
  const certainTimeout = (): BrokerTimeout | undefined => {
    const found = options.brokerTimeout();
    return found?.isCertain === true ? found : undefined;
  };
  const { timeout } = entry;
  return new TimeoutWatch({
    slots,
    limits: { ...timeout },
    brokerMs: () => certainTimeout()?.ms,
    nowMs,
    onSoft: (slot, delivery) => {
      feed.expired.emit({ delivery, slot });
      slot.link?.expire(delivery, `outlasted timeout.soft (${timeout?.softMs} ms)`);
    },
    onHard: (slot) => {
      const message = `consume of ${entry.name} outlasted timeout.hard (${timeout?.hardMs} ms)`;
      killThread(slot, new ConsumerError('DELIVERY_TIMEOUT', message));
    },
    onNearBrokerTimeout: (slot, delivery) => {
      const found = certainTimeout();
      if (found !== undefined) feed.overdue.emit({ delivery, slot, timeout: found });
    },
  });
}

interface PolicyOptions extends EntryRuntimeOptions {
  readonly arguments: ArgumentTable;
  readonly limit: DeliveryLimit;
}

function openPolicy({ entry }: SlotLayout, options: PolicyOptions): FailurePolicy {
  const { logger, publish, nowMs, random, host, arguments: args, limit } = options;
  const ensureQueue = askingOnce(options.ensureQueue);
  const { queue, name, maxDeaths, retry, onExhausted } = entry;
  const type = textOf(args[QUEUE_TYPE]);
  return new FailurePolicy({
    queue,
    consumer: name,
    host,
    retry,
    onExhausted,
    maxDeaths,
    deliveryLimit: limit,
    deadLetterExchange: openExchange(queue, options),
    delayQueues: new DelayQueues({ queue, type, ensureQueue, nowMs }),
    deadQueue: new DeadQueue({ queue, type, publish, ensureQueue }),
    publish,
    logger,
    now: wallClock,
    random,
    pause,
  });
}

function openExchange(
  queue: string,
  { arguments: args, publish, server }: PolicyOptions,
): DeadLetterExchange | undefined {
  const exchange = textOf(args[DEAD_LETTER_EXCHANGE]);
  if (exchange === undefined) return undefined;
  return new DeadLetterExchange({
    queue,
    exchange,
    routingKey: textOf(args[DEAD_LETTER_ROUTING_KEY]),
    publish,
    now: wallClock,
    namesLastDeath: () => isRabbitMqSince(server(), '3.13'),
  });
}

function textOf(argument: unknown): string | undefined {
  return typeof argument === 'string' ? argument : undefined;
}

function wallClock(): Date {
  return new Date();
}
