import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { type BrokerAddress, ConsumerConnection, Publisher } from '../broker/index.js';
import type { Configuration } from '../config/index.js';
import { asError, ConfigurationError, DeliveryError } from '../errors/index.js';
import { asPublished } from '../failures/index.js';
import { type GroupPlan, ThreadPool } from '../pool/index.js';
import { MessageMemory, type WorkerLogging } from '../protocol/index.js';
import { deferred, TurnClock } from '../waiting/index.js';
import { logDeath } from './blame.js';
import { connectionSettings } from './connection-settings.js';
import type { Delivery } from './delivery.js';
import type { Dispatch } from './dispatch.js';
import { type Lane, type LaneOptions, openLane } from './lane.js';
import { prefetchOf } from './prefetch.js';
import { Recycling } from './recycling.js';
import { seat } from './seating.js';
import type { Slot } from './slot.js';
import { WINDOW } from './slot-window.js';
import { terminate } from './terminator.js';
import { threadGroups } from './thread-groups.js';
import { termsOf } from './thread-term.js';

export interface DispatcherOptions {
  readonly configuration: Configuration;
  readonly address: BrokerAddress;
  readonly connectionName: string;
  readonly threads: number;
  readonly shutdownTimeoutMs: number;
  readonly logger: Logger;
  /** Connection events: the logger `amqp-dispatcher.amqplib`. */
  readonly connectionLogger: Logger;
  readonly workerLogging: WorkerLogging;
  /** Writes a finished line of a worker's logger. */
  readonly writeLine: (line: string) => void;
  readonly random: () => number;
}

/** `misconfigured`: a module or class that the file names cannot be used. */
export type RunEnd = 'stopped' | 'failed' | 'misconfigured';

/**
 * Puts the rooms together: the broker's deliveries to the dispatch, the dispatch's choices to the pool, the pool's
 * answers to the settlement.
 *
 *     new ── run ──▶ starting ── ready ──▶ running ── stop ──▶ draining ──▶ stopped (0)
 *     starting ── refused, or a module failed ──▶ stopped (1)       └── deadline, kill ──▶ stopped (1)
 */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly lanes: readonly Lane[];
  private readonly places: readonly { readonly slot: Slot; readonly lane: Lane }[];
  private readonly groups: readonly GroupPlan[];
  private readonly memory = new MessageMemory();
  private readonly pool: ThreadPool<Delivery>;
  private readonly recycling: Recycling;
  private readonly connection: ConsumerConnection;
  private readonly publisher: Publisher;
  private readonly stopRequested = deferred();
  private readonly killing = new AbortController();
  private failure: Error | undefined;
  /** Slots that came up, by number: see `judgeConstructions`. */
  private readonly risen = new Set<number>();
  private hosting = false;
  private isStopping = false;

  constructor(options: DispatcherOptions) {
    const { configuration, threads, connectionName } = options;
    this.options = options;
    const clock = new TurnClock();
    const laneOptions: LaneOptions = {
      configuration,
      logger: options.logger,
      session: ({ spec }) => this.pool.session(spec.slot),
      publish: (publish) => this.publisher.publish(publish),
      ensureQueue: (queue, args) => this.connection.ensureQueue(queue, args),
      nowMs: () => clock.nowMs(),
      random: options.random,
      host: hostname(),
      endThread: ({ spec }, cause) => this.pool.end(spec.slot, cause),
    };
    const seatings = seat(configuration.consumers, threads, connectionName);
    this.lanes = seatings.map((seating) => openLane(seating, laneOptions));
    this.places = this.lanes.flatMap((lane) => lane.slots.map((slot) => ({ slot, lane })));
    this.groups = threadGroups(seatings, threads, configuration.resourceLimits);
    this.pool = this.openPool();
    this.recycling = new Recycling({
      terms: termsOf(seatings),
      newest: (thread) => this.pool.newest(thread),
      renew: (thread, reason) => this.pool.renew(thread, reason),
      nowMs: () => clock.nowMs(),
      random: options.random,
      logger: options.logger,
    });
    const connectionOptions = {
      address: options.address,
      name: connectionName,
      logger: options.connectionLogger,
      random: options.random,
      settings: connectionSettings(configuration.connection),
    };
    this.publisher = new Publisher({ ...connectionOptions, name: `${connectionName}.publisher` });
    this.connection = new ConsumerConnection({
      ...connectionOptions,
      topology: configuration,
      memory: this.memory,
      subscriptions: this.lanes.map(({ entry, consumerTag, isStream, dispatch }) => ({
        queue: entry.queue,
        consumerTag,
        prefetch: prefetchOf(entry),
        arguments: entry.arguments,
        path: entry.path,
        isStream,
        isHungry: () => dispatch.isHungry,
        onDelivery: (message, epoch) => dispatch.receive(asPublished(message, this.memory), epoch),
        onLost: (epoch, reason) => dispatch.lose(epoch, reason),
      })),
    });
  }

  /** Runs until `stop`, or until it cannot go on; tells how it ended. */
  async run(): Promise<RunEnd> {
    const { logger } = this.options;
    try {
      await Promise.race([this.start(), this.stopRequested.promise]);
      await this.stopRequested.promise;
      logger.info('stopping');
    } catch (error) {
      this.fail(error);
    }
    const stopped = await this.terminate();
    if (this.failure !== undefined) logger.fatal({ err: this.failure }, this.failure.message);
    else logger.info(stopped ? 'stopped' : 'stopped by force');
    if (this.failure instanceof ConfigurationError) return 'misconfigured';
    return stopped && this.failure === undefined ? 'stopped' : 'failed';
  }

  /** Asks for an orderly stop; works in every phase. */
  stop(): void {
    this.isStopping = true;
    this.stopRequested.resolve();
  }

  /** Ends the waiting of a stop: threads are terminated, the broker takes back what ran. */
  kill(): void {
    this.stop();
    this.killing.abort();
  }

  private async start(): Promise<void> {
    const { configuration, logger } = this.options;
    const threads = this.groups.reduce((sum, group) => sum + group.threads.length, 0);
    logger.debug({ threads, instances: this.places.length }, 'starting worker threads');
    const failures = await this.pool.start();
    if (this.isStopping) return;
    this.hosting = true;
    this.judgeConstructions(failures);
    this.recycling.start();
    logger.debug('worker threads serve; connecting');
    await this.connection.start();
    if (this.isStopping) return;
    logger.info(
      {
        queues: configuration.queues.length,
        consumers: this.lanes.length,
        instances: this.places.length,
        threads,
      },
      'ready',
    );
  }

  private async terminate(): Promise<boolean> {
    this.recycling.stop();
    if (!this.hosting) {
      // Nothing was consumed yet: a startup handler that hangs is not waited for.
      await this.pool.terminate();
      return true;
    }
    return terminate({
      dispatches: this.lanes.map(({ dispatch }) => dispatch),
      connection: this.connection,
      publisher: this.publisher,
      pool: this.pool,
      shutdownTimeoutMs: this.options.shutdownTimeoutMs,
      kill: this.killing.signal,
      logger: this.options.logger,
    });
  }

  private fail(error: unknown): void {
    this.failure ??= asError(error);
    this.stop();
  }

  /** Some constructors may fail and be tried again; an entry without a single instance cannot serve. */
  private judgeConstructions(failures: readonly { slot: number; error: Error }[]): void {
    for (const { slot: number, error } of failures) {
      const place = this.places[number];
      if (place === undefined) continue;
      // A slow neighbour delays this judgement: the instance may have been made meanwhile.
      if (this.risen.has(number)) continue;
      place.slot.up = false;
      if (place.lane.slots.every(({ up }) => !up)) throw error;
      this.options.logger.error({ err: error, queue: place.lane.entry.queue }, error.message);
    }
  }

  private openPool(): ThreadPool<Delivery> {
    const { configuration, logger, random, workerLogging, writeLine } = this.options;
    const dispatchOf = ({ handedTo }: Delivery): Dispatch | undefined =>
      handedTo === undefined ? undefined : this.places[handedTo.slot.spec.slot]?.lane.dispatch;
    return new ThreadPool<Delivery>({
      baseDir: configuration.baseDir,
      startupHandler: configuration.startupHandler,
      startupTimeoutMs: configuration.startupTimeoutMs,
      logging: workerLogging,
      groups: this.groups,
      window: WINDOW,
      memory: this.memory,
      logger,
      random,
      events: {
        settle: (delivery, answer) => dispatchOf(delivery)?.settle(delivery, answer),
        finished: (delivery) => dispatchOf(delivery)?.finished(delivery),
        failed: (delivery, error, verdict) => dispatchOf(delivery)?.failed(delivery, error, verdict),
        failedAlone: (delivery, error, verdict) => dispatchOf(delivery)?.failedAlone(delivery, error, verdict),
        publish: (delivery, message, done) => {
          if (delivery?.state === 'lost') {
            return done(new DeliveryError('DELIVERY_LOST', 'publish refused: the channel of this delivery has gone'));
          }
          this.publisher.send(message, done);
        },
        slotDown: (slot) => this.at(slot, ({ lane, slot: place }) => lane.dispatch.slotDown(place)),
        slotUp: (slot) => {
          this.risen.add(slot);
          this.at(slot, ({ lane, slot: place }) => lane.dispatch.slotUp(place));
        },
        slotAwake: (slot) => this.at(slot, ({ lane, slot: place }) => lane.dispatch.slotAwake(place)),
        log: writeLine,
        threadDied: (death) => {
          logDeath(logger, death);
          // All of them first: what one of them leaves must go to none of the others.
          for (const number of death.slots) {
            this.at(number, ({ slot }) => {
              slot.up = false;
            });
          }
          for (const number of death.slots) {
            this.at(number, ({ lane, slot }) => {
              const own = death.orphans.filter(({ delivery }) => delivery.handedTo?.slot === slot);
              lane.dispatch.slotDied(slot, own, death.cause);
            });
          }
        },
        slotRetires: async (slot) => this.at(slot, ({ lane, slot: place }) => lane.dispatch.retire(place)),
        fatal: (error) => this.fail(error),
      },
    });
  }

  private at<Result>(slot: number, act: (place: { slot: Slot; lane: Lane }) => Result): Result | undefined {
    const place = this.places[slot];
    return place === undefined ? undefined : act(place);
  }
}
