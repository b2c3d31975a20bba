import type { Logger } from 'pino';
import type { ConsumerConnection, Publisher } from '../broker/index.js';
import type { ControlledEntry } from '../control/index.js';
import type { Delivery, EntryRuntime } from '../dispatch/index.js';
import {
  type Check,
  type Health,
  HttpServer,
  type ListenAddress,
  type Metrics,
  type RequestHandler,
} from '../http/index.js';
import {
  BrokerMetrics,
  CONTENT_TYPE,
  ConsumerMetrics,
  EntryMetrics,
  formatFor,
  LoopDelay,
  labelsOf,
  readFamilies,
  Summary,
  ThreadMetrics,
  writeFamilies,
} from '../metrics/index.js';
import type { GroupPlan, ThreadPool } from '../threads/index.js';

/** A thread that has no replacement for so long needs a new process. */
const LONGEST_REPLACEMENT_MS = 180_000;

export interface ObservationOptions {
  readonly entries: readonly EntryRuntime[];
  readonly groups: readonly GroupPlan<Delivery>[];
  readonly connection: () => ConsumerConnection;
  readonly publisher: () => Publisher;
  readonly pool: () => ThreadPool<Delivery>;
  /** Absent: no server. */
  readonly http: HttpConfig | undefined;
  /** Answers what is no probe and no scrape. */
  readonly handler: () => RequestHandler | undefined;
  /** Period of the summary lines; 0: none. */
  readonly summaryMs: number;
  readonly version: string;
  readonly logger: Logger;
  /** Monotonic. */
  readonly nowMs: () => number;
}

export interface HttpConfig {
  readonly listen: ListenAddress;
  /** True: serve `/metrics`, too. */
  readonly metrics: boolean;
  /** True: serve the console, too. */
  readonly console: boolean;
  /** Absolute; absent: the console has no token. */
  readonly tokenFile?: string;
}

/**
 * Counts and shows what the daemon does: metrics, probes, summary lines. It listens to events and reads states; nothing
 * waits for it.
 */
export class Observation {
  readonly broker = new BrokerMetrics();
  readonly threads: ThreadMetrics;
  readonly consumers: ConsumerMetrics;
  private readonly options: ObservationOptions;
  readonly sources: readonly ControlledEntry[];
  private readonly loopDelay = new LoopDelay();
  private readonly summary: Summary;
  private readonly server: HttpServer | undefined;
  phase: 'starting' | 'running' | 'draining' = 'starting';
  private hasBeenReady = false;

  constructor(options: ObservationOptions) {
    const { entries, groups, http, summaryMs, logger, nowMs } = options;
    this.options = options;
    this.threads = new ThreadMetrics(groups.flatMap(({ name, threads }) => threads.map(() => name)));
    this.consumers = new ConsumerMetrics(logger);
    const labels = labelsOf(entries.map(({ entry }) => entry));
    this.sources = entries.map((runtime, index) => ({
      ...runtime,
      label: labels[index] ?? runtime.entry.name,
      metrics: new EntryMetrics({
        feed: runtime.feed,
        isBatch: runtime.entry.batch !== undefined,
        nowMs,
        wallMs: Date.now,
      }),
    }));
    this.summary = new Summary({ entries: this.sources, logger, everyMs: summaryMs, nowMs });
    if (http === undefined) return;
    this.server = new HttpServer({
      address: http.listen,
      health: this.health(),
      logger,
      handler: options.handler,
      ...(http.metrics && { metrics: (accept) => this.scrape(accept) }),
    });
  }

  /** @throws DispatcherError `HTTP_LISTEN_FAILED` */
  async start(): Promise<void> {
    const { http, logger } = this.options;
    this.loopDelay.start();
    this.summary.start();
    for (const { longRuns } of this.options.entries) longRuns.start();
    if (this.server === undefined || http === undefined) return;
    const port = await this.server.start();
    logger.info(
      { host: http.listen.host ?? '*', port },
      `serving probes${http.metrics ? ' and metrics' : ''}${http.console ? ' and the console' : ''} over HTTP`,
    );
  }

  ready(): void {
    this.phase = 'running';
    this.hasBeenReady = true;
  }

  drain(): void {
    this.phase = 'draining';
  }

  async stop(): Promise<void> {
    this.loopDelay.stop();
    this.summary.stop();
    for (const { longRuns } of this.options.entries) longRuns.stop();
    await this.server?.stop();
  }

  private scrape(accept: string | undefined): Metrics {
    const format = formatFor(accept);
    return { type: CONTENT_TYPE[format], body: () => writeFamilies(this.families(), format) };
  }

  private families(): ReturnType<typeof readFamilies> {
    const { connection, publisher, pool, version, nowMs } = this.options;
    return readFamilies({
      entries: this.sources,
      connection: connection(),
      publisher: publisher(),
      groups: () => pool().status,
      broker: this.broker,
      threads: this.threads,
      consumers: this.consumers,
      loopDelay: this.loopDelay,
      version,
      nowMs,
    });
  }

  private health(): Health {
    return {
      startup: () => [
        {
          name: 'started',
          isFine: this.hasBeenReady,
          detail: this.hasBeenReady ? 'was ready' : 'has not been ready yet',
        },
      ],
      live: () => this.threadChecks(),
      ready: () => [this.phaseCheck(), this.connectionCheck(), ...this.entryChecks()],
    };
  }

  private threadChecks(): Check[] {
    return this.options
      .pool()
      .status.flatMap(({ threads }) => threads)
      .map(({ thread, state, replacingSinceMs }) => {
        const deadMs = replacingSinceMs === undefined ? 0 : performance.now() - replacingSinceMs;
        const since = deadMs > 0 ? ` for ${Math.round(deadMs / 1_000)} s` : '';
        return { name: `thread ${thread}`, isFine: deadMs < LONGEST_REPLACEMENT_MS, detail: `${state}${since}` };
      });
  }

  private phaseCheck(): Check {
    return { name: 'daemon', isFine: this.phase === 'running', detail: this.phase };
  }

  private connectionCheck(): Check {
    const { isConnected, lastError } = this.options.connection();
    return {
      name: 'connection',
      isFine: isConnected,
      detail: isConnected ? 'open' : (lastError ?? 'not connected yet'),
    };
  }

  private entryChecks(): Check[] {
    const { subscribed, paused } = this.options.connection();
    return this.sources.map(({ entry, label }, index) => {
      const isPaused = paused[index] === true;
      const isFine = isPaused || subscribed[index] === true;
      return {
        name: `entry ${label} on "${entry.queue}"`,
        isFine,
        detail: isPaused ? 'paused' : isFine ? 'subscribed' : 'not subscribed',
      };
    });
  }
}
