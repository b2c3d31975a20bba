import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { MessageMemory } from '../amqp/index.js';
import { type WorkerLogging } from '../bridge/index.js';
import { type BrokerAddress, ConsumerConnection, Publisher } from '../broker/index.js';
import type { Configuration } from '../config/index.js';
import {
  busyAt,
  type Delivery,
  type EntryRuntime,
  type EntryRuntimeOptions,
  LossLog,
  layOutSlots,
  openEntry,
  prefetchOf,
  Recycling,
  SlotIndex,
  termsOf,
  WINDOW,
} from '../dispatch/index.js';
import { asError, ConfigurationError, ERROR_CODES, messageOf } from '../errors/index.js';
import { asPublished } from '../failures/index.js';
import { type GroupPlan, ThreadPool } from '../threads/index.js';
import { deferred, TurnClock } from '../timing/index.js';
import { poolEvents } from './pool-events.js';
import { endStart, shutDown } from './shutdown.js';
import { threadGroups } from './thread-groups.js';

export interface DaemonOptions {
  readonly configuration: Configuration;
  readonly address: BrokerAddress;
  readonly connectionName: string;
  readonly threads: number;
  readonly shutdownTimeoutMs: number;
  readonly logger: Logger;
  /** The logger `amqp-dispatcher.amqplib`. */
  readonly connectionLogger: Logger;
  readonly workerLogging: WorkerLogging;
  readonly sourceMaps: boolean;
  readonly writeLine: (line: string) => void;
  /** Writes what the log still holds. */
  readonly flushLog: () => void;
  readonly random: () => number;
}

/** `misconfigured`: a module or class of the file is unusable. */
export type RunEnd = 'stopped' | 'failed' | 'misconfigured';

/**
 * Wires the components, starts them and shuts them down.
 *
 *     new ── run ──▶ starting ── ready ──▶ running ── stop ──▶ draining ──▶ stopped (0)
 *     starting ── refused, or a module failed ──▶ stopped (1)       └── deadline, kill ──▶ stopped (1)
 */
export class Daemon {
  private readonly options: DaemonOptions;
  private readonly entries: readonly EntryRuntime[];
  private readonly slots: SlotIndex;
  private readonly groups: readonly GroupPlan<Delivery>[];
  private readonly memory = new MessageMemory();
  private readonly pool: ThreadPool<Delivery>;
  private readonly recycling: Recycling;
  private readonly connection: ConsumerConnection;
  private readonly publisher: Publisher;
  private readonly stopRequested = deferred();
  private readonly killing = new AbortController();
  private failure: Error | undefined;
  private hosting = false;
  private isStopping = false;

  constructor(options: DaemonOptions) {
    const { configuration, threads, connectionName } = options;
    this.options = options;
    const clock = new TurnClock();
    const entryOptions: EntryRuntimeOptions = {
      configuration,
      logger: options.logger,
      losses: new LossLog(options.logger),
      publish: (publish) => this.publisher.publish(publish),
      ensureQueue: (queue, args) => this.connection.ensureQueue(queue, args),
      server: () => this.connection.server,
      nowMs: () => clock.nowMs(),
      random: options.random,
      host: hostname(),
      killThread: ({ spec }, cause) => this.pool.killThread(spec.slot, cause),
    };
    const layouts = layOutSlots(configuration.consumers, threads, connectionName);
    this.entries = layouts.map((layout) => openEntry(layout, entryOptions));
    this.slots = new SlotIndex(layouts);
    this.groups = threadGroups(layouts, threads, configuration.resourceLimits);
    this.pool = this.openPool();
    this.recycling = new Recycling({
      terms: termsOf(layouts),
      newest: (thread) => this.pool.newest(thread),
      recycle: (thread, reason) => this.pool.recycle(thread, reason),
      nowMs: () => clock.nowMs(),
      random: options.random,
      logger: options.logger,
    });
    const connectionOptions = {
      address: options.address,
      name: connectionName,
      logger: options.connectionLogger,
      random: options.random,
      settings: configuration.connection,
    };
    // After an outage they would return up to half a minute apart.
    this.publisher = new Publisher({
      ...connectionOptions,
      name: `${connectionName}.publisher`,
      onConnected: () => this.connection.wake(),
    });
    this.connection = new ConsumerConnection({
      ...connectionOptions,
      onConnected: () => this.publisher.wake(),
      topology: configuration,
      memory: this.memory,
      subscriptions: this.entries.map(({ entry, consumerTag, isStream, flow }) => ({
        queue: entry.queue,
        consumerTag,
        prefetch: prefetchOf(entry),
        busyAt: busyAt(entry),
        arguments: entry.arguments,
        path: entry.path,
        isStream,
        wantsDeliveries: () => flow.wantsDeliveries,
        onDelivery: (message, epoch) => flow.receive(asPublished(message, this.memory), epoch),
        onLost: (epoch, reason) => flow.lose(epoch, reason),
        onCancelled: (epoch) => flow.takeBack(epoch),
      })),
    });
  }

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
    for (const { log } of this.entries) log.flush();
    if (this.failure !== undefined) logFailure(logger, this.failure);
    else logger.info(stopped ? 'stopped' : 'stopped by force');
    if (this.failure instanceof ConfigurationError) return 'misconfigured';
    return stopped && this.failure === undefined ? 'stopped' : 'failed';
  }

  stop(): void {
    this.isStopping = true;
    this.stopRequested.resolve();
  }

  /** Ends the wait of a stop; the broker takes back what ran. */
  kill(): void {
    this.stop();
    this.killing.abort();
  }

  private async start(): Promise<void> {
    const { configuration, logger } = this.options;
    const threads = this.groups.reduce((sum, group) => sum + group.threads.length, 0);
    logger.debug({ threads, instances: this.slots.count }, 'starting worker threads');
    const failures = await this.pool.start();
    if (this.isStopping) return;
    this.hosting = true;
    this.slots.noteFailures(failures, logger);
    this.recycling.start();
    logger.debug('worker threads ready; connecting');
    await this.connection.start();
    if (this.isStopping) return;
    logger.info(
      {
        queues: configuration.queues.length,
        consumers: this.entries.length,
        instances: this.slots.count,
        threads,
      },
      'ready',
    );
  }

  private async terminate(): Promise<boolean> {
    this.recycling.stop();
    const { pool, killing } = this;
    const { shutdownTimeoutMs } = this.options;
    if (!this.hosting) return endStart({ pool, shutdownTimeoutMs, kill: killing.signal });
    return shutDown({
      flows: this.entries.map(({ flow }) => flow),
      connection: this.connection,
      publisher: this.publisher,
      pool,
      shutdownTimeoutMs,
      kill: killing.signal,
      logger: this.options.logger,
    });
  }

  private fail(error: unknown): void {
    this.failure ??= asError(error);
    this.stop();
  }

  private openPool(): ThreadPool<Delivery> {
    const { configuration, logger, random, workerLogging, sourceMaps, writeLine, flushLog } = this.options;
    return new ThreadPool<Delivery>({
      baseDir: configuration.baseDir,
      startupHandler: configuration.startupHandler,
      startupTimeoutMs: configuration.startupTimeoutMs,
      logging: workerLogging,
      sourceMaps,
      groups: this.groups,
      window: WINDOW,
      memory: this.memory,
      logger,
      random,
      events: poolEvents({
        send: (message, done) => this.publisher.send(message, done),
        log: writeLine,
        flushLog,
        logger,
        fatal: (error) => this.fail(error),
      }),
    });
  }
}

/** Our own errors show the stack of their cause. */
function logFailure(logger: Logger, failure: Error): void {
  const { cause } = failure;
  const code = 'code' in failure ? failure.code : undefined;
  // From a thread, it is a plain Error with our code.
  const isOurs = typeof code === 'string' && code in ERROR_CODES;
  if (!isOurs) return logger.fatal({ err: failure }, messageOf(failure));
  logger.fatal({ code, ...(cause instanceof Error && { err: cause }) }, failure.message);
}
