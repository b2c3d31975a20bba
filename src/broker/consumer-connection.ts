import type { Logger } from 'pino';
import { messageOf } from '../errors/index.js';
import { BackOff, deferred, pause, RETRY_LIMITS } from '../waiting/index.js';
import { BrokerConnection, type ConnectionOptions } from './broker-connection.js';
import { type LiveConnection, watchConnection } from './live-connection.js';
import { Subscription, type SubscriptionOptions } from './subscription.js';
import { declareTopology, type Topology } from './topology.js';

export interface ConsumerConnectionOptions extends Omit<ConnectionOptions, 'onOpen' | 'trusted'> {
  readonly topology: Topology;
  readonly subscriptions: readonly Omit<SubscriptionOptions, 'logger' | 'random' | 'declare'>[];
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
  private establishedOnce = false;

  constructor(options: ConsumerConnectionOptions) {
    this.options = options;
    this.logger = options.logger;
    this.connection = new BrokerConnection({
      ...options,
      onOpen: (model) => void this.establish(watchConnection(model)),
    });
    this.subscriptions = options.subscriptions.map(
      (subscription) =>
        new Subscription({
          ...subscription,
          logger: options.logger,
          random: options.random,
          declare: ({ model }) => declareTopology(model, options.topology),
        }),
    );
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

  async close(): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await this.connection.close();
  }

  private async establish(connection: LiveConnection): Promise<void> {
    const signal = AbortSignal.any([connection.gone, this.stopping.signal]);
    const backOff = new BackOff(RETRY_LIMITS, this.options.random);
    while (!signal.aborted) {
      try {
        await declareTopology(connection.model, this.options.topology);
        await Promise.all(this.subscriptions.map((subscription) => subscription.subscribe(connection)));
        if (this.establishedOnce) this.logger.info('consuming again');
        this.establishedOnce = true;
        this.started.resolve();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.establishedOnce) return this.started.reject(error);
        const waitMs = backOff.nextMs();
        this.logger.error({ err: error, waitMs }, `${messageOf(error)}; trying again in ${waitMs} ms`);
        await pause(waitMs, signal);
      }
    }
  }
}
