import type { Logger } from 'pino';
import { BrokerError, messageOf } from '../../errors/index.js';
import { BackOff, deferred, pause } from '../../timing/index.js';
import { BrokerConnection } from '../connection/broker-connection.js';
import { type LiveConnection, watchConnection } from '../connection/live-connection.js';
import { isReproach, mayPass, reasonOf } from '../connection/refusal.js';
import type { BrokerServer } from '../connection/server.js';
import { Culprits, type Request } from '../topology/culprits.js';
import { declareTopology, ensureQueue, isNotFound } from '../topology/declaration.js';
import { queueStep } from '../topology/topology.js';
import type { ConsumerConnectionOptions } from './consumer-connection-options.js';
import { HeldBackRequests } from './held-back-requests.js';
import { Subscription } from './subscription.js';

/**
 * Declares the topology and subscribes after every (re)connect. A permanent refusal is fatal only at the first start;
 * later the daemon retries for ever.
 */
export class ConsumerConnection {
  private readonly options: ConsumerConnectionOptions;
  private readonly logger: Logger;
  private readonly connection: BrokerConnection;
  /** In the order of the options. */
  readonly subscriptions: readonly Subscription[];
  private readonly stopping = new AbortController();
  private readonly started = deferred();
  private live: LiveConnection | undefined;
  private readonly culprits = new Culprits();
  private readonly heldBack: HeldBackRequests;
  private missing: ReadonlySet<string> = new Set();
  /** Several requests notice one loss; only one accuses. */
  private accusedOn: LiveConnection | undefined;
  private establishedOnce = false;

  constructor(options: ConsumerConnectionOptions) {
    this.options = options;
    this.logger = options.logger;
    this.heldBack = new HeldBackRequests({
      ...options,
      culprits: this.culprits,
      signal: this.stopping.signal,
      askAgain: (connection, request) => this.askAgain(connection, request),
      accuse: (connection, request) => this.accuse(connection, request),
    });
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

  get isConnected(): boolean {
    return this.live !== undefined && !this.live.gone.aborted;
  }

  /** Why it is not connected; undefined before the first error. */
  get lastError(): string | undefined {
    return this.connection.lastError;
  }

  /** One for each subscription, in the order of the options. */
  get subscribed(): readonly boolean[] {
    return this.subscriptions.map(({ isSubscribed }) => isSubscribed);
  }

  /** One for each subscription, in the order of the options. */
  get paused(): readonly boolean[] {
    return this.subscriptions.map(({ isPaused }) => isPaused);
  }

  /** One for each subscription, in the order of the options. */
  get prefetches(): readonly number[] {
    return this.subscriptions.map(({ prefetch }) => prefetch);
  }

  get server(): BrokerServer | undefined {
    return this.live?.server;
  }

  /**
   * Resolves when every subscription first consumes, or when stopped before.
   * @throws BrokerError `BROKER_REFUSED`, `TOPOLOGY_MISMATCH`
   */
  async start(): Promise<void> {
    this.connection.start().then(
      () => this.stopping.signal.aborted && this.started.resolve(),
      (error: unknown) => this.started.reject(error),
    );
    await this.started.promise;
  }

  wake(): void {
    this.connection.wake();
  }

  /** Stops deliveries; running ones can still be answered. */
  async drain(): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  /** Declares a durable queue unless it exists. @throws when the broker refuses or is down */
  async ensureQueue(queue: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.live === undefined || this.live.gone.aborted) {
      throw new BrokerError('BROKER_UNREACHABLE', 'the connection to the broker is down');
    }
    await ensureQueue(this.live, queue, args);
  }

  /** Sends the answers that wait and closes, by the deadline; the broker requeues the other messages. */
  async stop(deadline?: AbortSignal): Promise<void> {
    this.stopping.abort();
    this.started.resolve();
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop(deadline)));
    await this.connection.stop(deadline);
  }

  private async establish(connection: LiveConnection): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      const isComplete = await this.declare(connection);
      const declared = isComplete ? undefined : this.keepDeclaring(connection);
      declared?.catch(() => undefined);
      await this.subscribeAll(connection);
      if (this.establishedOnce && !this.isOver(connection)) this.logger.info('consuming again');
      await Promise.all([declared, this.heldBack.retry(connection)]);
      if (this.isOver(connection)) return this.accuse(connection, undefined);
      this.culprits.acquit();
      this.establishedOnce = true;
      this.started.resolve();
    } catch (error) {
      if (!this.isOver(connection)) this.started.reject(error);
    }
  }

  /** After the broker closed the connection, one by one to find the culprit. */
  private async subscribeAll(connection: LiveConnection): Promise<void> {
    const recovering: Promise<void>[] = [];
    const subscribe = async (subscription: Subscription): Promise<void> => {
      if (this.isOver(connection) || this.culprits.has(subscription.place)) return;
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

  /** Returns why it failed. @throws BrokerError `TOPOLOGY_MISMATCH` at the first start, unless it may pass */
  private async subscribe(subscription: Subscription, connection: LiveConnection): Promise<string | undefined> {
    try {
      await subscription.start(connection);
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
   * True when only held-back requests and their dependents are missing.
   * @throws BrokerError `TOPOLOGY_MISMATCH` at the first start, unless it may pass
   */
  private async declare(connection: LiveConnection): Promise<boolean> {
    const { refusals, missing, lostAt } = await declareTopology({
      connection,
      topology: this.options.topology,
      isLeftOut: ({ place }) => this.culprits.has(place),
    });
    this.missing = missing;
    if (this.stopping.signal.aborted) return false;
    const own = refusals.filter(({ isConsequence }) => !isConsequence);
    for (const { error } of own) {
      if (!this.establishedOnce && !mayPass(error.cause)) throw error;
      this.logger.error({ code: error.code }, error.message);
    }
    if (lostAt !== undefined) this.accuse(connection, lostAt);
    return own.length === 0 && lostAt === undefined;
  }

  private accuse(connection: LiveConnection, request: Request | undefined): void {
    const cause: unknown = connection.gone.reason;
    if (this.stopping.signal.aborted || !isReproach(cause) || connection === this.accusedOn) return;
    this.accusedOn = connection;
    if (!this.culprits.accuse(request, cause) || request === undefined) return;
    const { place, what } = request;
    const message = `${place}: the broker closed the connection over ${what}: ${reasonOf(cause)}`;
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
