import { hostname } from 'node:os';
import { MessageMemory } from '../amqp/index.js';
import type { TracingPlan } from '../bridge/index.js';
import type { ConsumerConnection, Publisher } from '../broker/index.js';
import {
  type Delivery,
  type EntryRuntime,
  type EntryRuntimeOptions,
  LossLog,
  layOutSlots,
  openEntry,
  Recycling,
  SlotIndex,
  termsOf,
  WINDOW,
} from '../dispatch/index.js';
import { asError } from '../errors/index.js';
import { type GroupPlan, ThreadPool } from '../threads/index.js';
import { deferred, TurnClock } from '../timing/index.js';
import { openConnections } from './connections.js';
import { DaemonConsole } from './console.js';
import { type Control, openControl } from './control.js';
import { type DaemonOptions, tracingPlan } from './daemon-options.js';
import { DeliveryTraces } from './delivery-traces.js';
import { Observation } from './observation.js';
import { poolEvents } from './pool-events.js';
import { logEnd, type RunEnd } from './run-end.js';
import { endStart, shutDown } from './shutdown.js';
import { threadGroups } from './thread-groups.js';

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
  private readonly clock = new TurnClock();
  private readonly memory = new MessageMemory();
  private readonly pool: ThreadPool<Delivery>;
  private readonly recycling: Recycling;
  private readonly connection: ConsumerConnection;
  private readonly publisher: Publisher;
  private readonly observation: Observation;
  /** Undefined: no spans. */
  private readonly traces: DeliveryTraces | undefined;
  private readonly control: Control;
  private readonly console: DaemonConsole;
  private readonly stopRequested = deferred();
  private readonly killing = new AbortController();
  private failure: Error | undefined;
  private hosting = false;
  private isStopping = false;

  constructor(options: DaemonOptions) {
    const { configuration, threads, connectionName } = options;
    this.options = options;
    const { clock } = this;
    const entryOptions: EntryRuntimeOptions = {
      configuration,
      logger: options.logger,
      losses: new LossLog(options.logger),
      publish: (publish) => this.observation.broker.timed(this.publisher.publish(publish)),
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
    this.observation = new Observation({
      entries: this.entries,
      groups: this.groups,
      connection: () => this.connection,
      publisher: () => this.publisher,
      pool: () => this.pool,
      http: options.http,
      handler: () => this.console.handler,
      summaryMs: options.summaryMs,
      version: options.version,
      logger: options.logger,
      nowMs: () => clock.nowMs(),
    });
    const tracing = tracingPlan(options);
    if (tracing !== undefined)
      this.traces = new DeliveryTraces(tracing, { entries: this.entries, logger: options.logger });
    this.pool = this.openPool(tracing);
    this.recycling = new Recycling({
      terms: termsOf(layouts),
      newest: (thread) => this.pool.newest(thread),
      recycle: (thread, reason) => this.recycle(thread, reason),
      nowMs: () => clock.nowMs(),
      random: options.random,
      logger: options.logger,
    });
    const { consumer, publisher } = openConnections({
      ...options,
      entries: this.entries,
      memory: this.memory,
      observed: this.observation.broker,
    });
    this.connection = consumer;
    this.publisher = publisher;
    this.control = openControl(options, {
      observation: this.observation,
      connection: consumer,
      publisher,
      pool: this.pool,
      recycle: (thread, reason) => this.recycle(thread, reason),
      nowMs: () => clock.nowMs(),
    });
    this.console = new DaemonConsole({ ...options, control: this.control, nowMs: () => performance.now() });
  }

  async run(): Promise<RunEnd> {
    const { logger } = this.options;
    try {
      await this.traces?.start();
      await this.console.start();
      await this.observation.start();
      await this.control.start();
      await Promise.race([this.start(), this.stopRequested.promise]);
      await this.stopRequested.promise;
      logger.info('stopping');
    } catch (error) {
      this.fail(error);
    }
    this.observation.drain();
    const drained = this.console.drain(this.options.shutdownTimeoutMs);
    const stopped = await this.terminate();
    await drained;
    this.console.stop();
    await this.control.stop();
    await this.observation.stop();
    await this.traces?.stop();
    for (const { log } of this.entries) log.flush();
    return logEnd(logger, this.failure, stopped);
  }

  stop(): void {
    this.isStopping = true;
    this.stopRequested.resolve();
  }

  /** Ends the wait of a stop; the broker takes back what ran. */
  kill(): void {
    this.stop();
    this.killing.abort();
    // Never rejects.
    void this.console.kill();
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
    this.observation.ready();
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

  private async recycle(thread: number, reason: string): Promise<boolean> {
    const isRecycled = await this.pool.recycle(thread, reason);
    if (isRecycled) this.observation.threads.recycled(thread);
    return isRecycled;
  }

  private openPool(tracing: TracingPlan | undefined): ThreadPool<Delivery> {
    const { configuration, logger, random, workerLogging, sourceMaps, writeLine, flushLog } = this.options;
    return new ThreadPool<Delivery>({
      baseDir: configuration.baseDir,
      startupHandler: configuration.startupHandler,
      startupTimeoutMs: configuration.startupTimeoutMs,
      logging: workerLogging,
      sourceMaps,
      tracing,
      groups: this.groups,
      window: WINDOW,
      memory: this.memory,
      logger,
      random,
      events: poolEvents({
        send: (message, done) => this.publisher.send(message, this.observation.broker.timing(done)),
        log: writeLine,
        flushLog,
        logger,
        consumers: this.observation.consumers,
        traces: this.traces,
        onDeath: (thread, cause) => this.observation.threads.died(thread, cause),
        fatal: (error) => this.fail(error),
      }),
    });
  }
}
