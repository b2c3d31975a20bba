import type { Logger } from 'pino';
import { BrokerError, messageOf } from '../errors/index.js';
import type { MessageMemory } from '../protocol/index.js';
import { BackOff, deferred, pause } from '../waiting/index.js';
import { BrokerConnection, type ConnectionOptions } from './broker-connection.js';
import { type LiveConnection, watchConnection } from './live-connection.js';
import type { BrokerServer } from './server.js';
import { Subscription, type SubscriptionOptions } from './subscription.js';
import { declareTopology, ensureQueue, redeclareTopology, type Topology } from './topology.js';

export interface ConsumerConnectionOptions extends Omit<ConnectionOptions, 'onOpen' | 'trusted'> {
  readonly topology: Topology;
  readonly subscriptions: readonly Omit<SubscriptionOptions, 'logger' | 'random' | 'settings' | 'memory' | 'declare'>[];
  /** Where messages lie until they are answered. */
  readonly memory: MessageMemory;
}

/**
 * The connection that consumes: after each (re)connect the topology is declared and every subscription comes back.
 * Only the very first time is a refusal fatal; later it may be passing, and is tried again for ever.
 */
export class ConsumerConnection {
  private readonly options: ConsumerConnectionOptions;
  private readonly logger: Logger;
  private readonly connection: BrokerConnection;
  private readonly subscriptions: readonly Subscription[];
  private readonly stopping = new AbortController();
  private readonly started = deferred();
  private live: LiveConnection | undefined;
  private establishedOnce = false;

  constructor(options: ConsumerConnectionOptions) {
    this.options = options;
    this.logger = options.logger;
    this.connection = new BrokerConnection({
      ...options,
      onOpen: (model) => {
        this.live = watchConnection(model);
        void this.establish(this.live);
      },
    });
    this.subscriptions = options.subscriptions.map(
      (subscription) =>
        new Subscription({
          ...subscription,
          logger: options.logger,
          random: options.random,
          settings: options.settings,
          memory: options.memory,
          declare: async (connection) => void (await this.declareAgain(connection)),
        }),
    );
  }

  /** The broker of the newest connection; undefined before the first. */
  get server(): BrokerServer | undefined {
    return this.live?.server;
  }

  /**
   * Resolves when every subscription stands for the first time, or when it was stopped before.
   * @throws BrokerError `BROKER_REFUSED`, `TOPOLOGY_MISMATCH`
   */
  async start(): Promise<void> {
    this.connection.open().then(
      () => this.stopping.signal.aborted && this.started.resolve(),
      (error: unknown) => this.started.reject(error),
    );
    await this.started.promise;
  }

  /** Takes no new deliveries; what runs can still be answered. */
  async cancel(): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.cancel()));
  }

  /** Makes sure that a durable queue exists. @throws when the broker refuses, or is away */
  async ensureQueue(queue: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.live === undefined || this.live.gone.aborted) {
      throw new BrokerError('BROKER_UNREACHABLE', 'the connection is away');
    }
    await ensureQueue(this.live.model, queue, args);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await this.connection.close();
  }

  private async establish(connection: LiveConnection): Promise<void> {
    if (this.stopping.signal.aborted) return;
    if (this.establishedOnce) return this.restore(connection);
    try {
      await declareTopology(connection.model, this.options.topology);
      await Promise.all(this.subscriptions.map((subscription) => subscription.subscribe(connection)));
      this.establishedOnce = true;
      this.started.resolve();
    } catch (error) {
      // The connection went: the next one tries again.
      if (!this.isOver(connection)) this.started.reject(error);
    }
  }

  /** After a reconnect: what the broker refuses now is tried again, and keeps nothing else away. */
  private async restore(connection: LiveConnection): Promise<void> {
    const isComplete = await this.declareAgain(connection);
    if (!isComplete) void this.keepDeclaring(connection);
    await Promise.all(this.subscriptions.map((subscription) => subscription.restore(connection)));
    if (!this.isOver(connection)) this.logger.info('consuming again');
  }

  private async keepDeclaring(connection: LiveConnection): Promise<void> {
    const backOff = new BackOff(this.options.settings.retry, this.options.random);
    for (let isComplete = false; !isComplete && !this.isOver(connection); ) {
      const waitMs = backOff.nextMs();
      this.logger.info({ waitMs }, `declaring the topology again in ${waitMs} ms`);
      await pause(waitMs, connection.gone, this.stopping.signal);
      if (!this.isOver(connection)) isComplete = await this.declareAgain(connection);
    }
  }

  /** Declares what can be declared and logs what cannot; true: all of it stands. */
  private async declareAgain({ model, gone }: LiveConnection): Promise<boolean> {
    try {
      const refused = await redeclareTopology(model, this.options.topology);
      // Without the stack: it would come with each attempt, and says no more than the broker's words.
      for (const { code, message } of refused) this.logger.error({ code }, message);
      return refused.length === 0;
    } catch (error) {
      if (!gone.aborted) this.logger.error({ err: error }, `the topology was not declared: ${messageOf(error)}`);
      return false;
    }
  }

  private isOver({ gone }: LiveConnection): boolean {
    return gone.aborted || this.stopping.signal.aborted;
  }
}
