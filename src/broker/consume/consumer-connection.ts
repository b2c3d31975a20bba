import type { Logger } from 'pino';
import type { MessageMemory } from '../../amqp/index.js';
import { BrokerError, messageOf } from '../../errors/index.js';
import { BackOff, deferred, pause } from '../../timing/index.js';
import { BrokerConnection, type ConnectionOptions } from '../connection/broker-connection.js';
import { type LiveConnection, watchConnection } from '../connection/live-connection.js';
import { isReproach, mayPass, reasonOf } from '../connection/refusal.js';
import type { BrokerServer } from '../connection/server.js';
import { Culprits, type Request } from '../topology/culprits.js';
import { declareTopology, ensureQueue, isNotFound } from '../topology/declaration.js';
import { queueStep, type Topology } from '../topology/topology.js';
import { tryAlone } from '../topology/trial.js';
import { Subscription, type SubscriptionOptions } from './subscription.js';

export interface ConsumerConnectionOptions extends Omit<ConnectionOptions, 'onOpen' | 'trusted'> {
  readonly topology: Topology;
  readonly subscriptions: readonly Omit<SubscriptionOptions, 'logger' | 'random' | 'settings' | 'declare'>[];
  /** Where messages lie until they are answered. */
  readonly memory: MessageMemory;
  /** Called each time that the broker has been reached. */
  readonly onConnected?: () => void;
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
  private readonly culprits = new Culprits();
  /** How long what is held back waits. */
  private readonly patience: BackOff;
  /** Names of what could not be declared the last time. */
  private missing: ReadonlySet<string> = new Set();
  /** One loss is one accusation, however many notice it. */
  private accusedOn: LiveConnection | undefined;
  private establishedOnce = false;

  constructor(options: ConsumerConnectionOptions) {
    this.options = options;
    this.logger = options.logger;
    this.patience = new BackOff(options.settings.retry, options.random);
    this.connection = new BrokerConnection({
      ...options,
      onOpen: (connection) => {
        this.live = watchConnection(connection);
        options.onConnected?.();
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
          declare: async (connection) => void (await this.declare(connection)),
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

  /** The broker has been reached by another connection: if this one is away, it is tried at once. */
  wake(): void {
    this.connection.wake();
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
      throw new BrokerError('BROKER_UNREACHABLE', 'the connection to the broker is down');
    }
    await ensureQueue(this.live, queue, args);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await this.connection.close();
  }

  /**
   * Declares the topology and subscribes. At the first start a refusal that can never pass is fatal; what may pass, and
   * whatever comes later, is tried again for ever, and keeps nothing else away.
   */
  private async establish(connection: LiveConnection): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      const isComplete = await this.declare(connection);
      const declared = isComplete ? undefined : this.keepDeclaring(connection);
      // Awaited below; until then a rejection has a listener.
      declared?.catch(() => undefined);
      await this.subscribeAll(connection);
      if (this.establishedOnce && !this.isOver(connection)) this.logger.info('consuming again');
      await Promise.all([declared, this.retryHeldBack(connection)]);
      if (this.isOver(connection)) return this.accuse(connection, undefined);
      this.culprits.acquit();
      this.establishedOnce = true;
      this.started.resolve();
    } catch (error) {
      if (!this.isOver(connection)) this.started.reject(error);
    }
  }

  /** Side by side; after the broker closed the connection meanwhile one by one, to see over whom. */
  private async subscribeAll(connection: LiveConnection): Promise<void> {
    const recovering: Promise<void>[] = [];
    const subscribe = async (subscription: Subscription): Promise<void> => {
      if (this.isOver(connection) || this.culprits.has(subscription.path)) return;
      const failure = await this.subscribe(subscription, connection);
      if (failure !== undefined) recovering.push(subscription.recover(connection, failure));
    };
    if (this.culprits.oneByOne) {
      for (const subscription of this.subscriptions) {
        await subscribe(subscription);
        if (connection.gone.aborted) return this.accuse(connection, subscription);
      }
    } else {
      await Promise.all(this.subscriptions.map(subscribe));
    }
    await Promise.all(recovering);
  }

  /** Tells why it failed, if it did. @throws BrokerError `TOPOLOGY_MISMATCH` at the first start, when it can never work */
  private async subscribe(subscription: Subscription, connection: LiveConnection): Promise<string | undefined> {
    try {
      await subscription.subscribe(connection);
      return undefined;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const isPassing = mayPass(cause) || (isNotFound(cause) && this.missing.has(queueStep(subscription.queue)));
      if (!this.isOver(connection) && !this.establishedOnce && !isPassing) throw error;
      return messageOf(error);
    }
  }

  private async keepDeclaring(connection: LiveConnection): Promise<void> {
    const backOff = new BackOff(this.options.settings.retry, this.options.random);
    for (let isComplete = false; !isComplete && !this.isOver(connection); ) {
      const waitMs = backOff.nextMs();
      this.logger.info({ waitMs }, `topology incomplete; retrying in ${waitMs} ms`);
      await pause(waitMs, connection.gone, this.stopping.signal);
      if (!this.isOver(connection)) isComplete = await this.declare(connection);
    }
  }

  /**
   * Declares what can be declared and logs what cannot; true: all of it stands, but for what is held back and
   * what needs that.
   * @throws BrokerError `TOPOLOGY_MISMATCH` at the first start, when an entry can never be declared
   */
  private async declare(connection: LiveConnection): Promise<boolean> {
    const { refusals, missing, lostAt } = await declareTopology({
      connection,
      topology: this.options.topology,
      isLeftOut: ({ path }) => this.culprits.has(path),
    });
    this.missing = missing;
    if (this.stopping.signal.aborted) return false;
    const own = refusals.filter(({ isConsequence }) => !isConsequence);
    for (const { error } of own) {
      if (!this.establishedOnce && !mayPass(error.cause)) throw error;
      // Without the stack: it would come with each attempt, and says no more than the broker's words.
      this.logger.error({ code: error.code }, error.message);
    }
    if (lostAt !== undefined) this.accuse(connection, lostAt);
    return own.length === 0 && lostAt === undefined;
  }

  /** The connection went while this was asked, or one of several: if the broker says that it was over that, it counts. */
  private accuse(connection: LiveConnection, request: Request | undefined): void {
    const cause: unknown = connection.gone.reason;
    if (this.stopping.signal.aborted || !isReproach(cause) || connection === this.accusedOn) return;
    this.accusedOn = connection;
    if (!this.culprits.accuse(request, cause) || request === undefined) return;
    const { path, what } = request;
    const message = `${path}: the broker closed the connection over ${what}: ${reasonOf(cause)}`;
    if (!this.establishedOnce && !mayPass(cause)) {
      this.started.reject(new BrokerError('TOPOLOGY_MISMATCH', message, { cause }));
      return;
    }
    this.culprits.holdBack(request);
    this.logger.error(
      { code: 'TOPOLOGY_MISMATCH' },
      `${message}; skipping it, and retrying it on a separate connection`,
    );
  }

  /**
   * Tries again what the broker closed the connection over, first on a connection of its own: a failure there takes
   * nobody along.
   */
  private async retryHeldBack(connection: LiveConnection): Promise<void> {
    for (let request = this.culprits.next; request !== undefined; request = this.culprits.next) {
      if (this.isOver(connection)) return;
      const waitMs = this.patience.nextMs();
      this.logger.info({ waitMs }, `${request.path}: skipped ${request.what}; retrying in ${waitMs} ms`);
      await pause(waitMs, connection.gone, this.stopping.signal);
      if (this.isOver(connection)) return;
      const refusal = await tryAlone(request, { ...this.options, signal: this.stopping.signal });
      if (this.isOver(connection)) return;
      if (refusal === undefined) {
        this.culprits.release(request);
        await this.askAgain(connection, request);
        if (connection.gone.aborted) return this.accuse(connection, request);
      } else {
        this.culprits.holdBack(request);
        this.logger.warn(`${request.path}: ${request.what} is still refused: ${refusal}`);
      }
    }
    this.patience.reset();
  }

  private async askAgain(connection: LiveConnection, request: Request): Promise<void> {
    if (!(request instanceof Subscription)) {
      if (!(await this.declare(connection))) await this.keepDeclaring(connection);
      return;
    }
    const failure = await this.subscribe(request, connection);
    if (failure === undefined) this.logger.info(`subscribed to "${request.queue}" again`);
    else await request.recover(connection, failure);
  }

  private isOver({ gone }: LiveConnection): boolean {
    return gone.aborted || this.stopping.signal.aborted;
  }
}
