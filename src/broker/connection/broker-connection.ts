import type { Logger } from 'pino';
import type { MessageMemory } from '../../amqp/index.js';
import { BackOff, pause } from '../../timing/index.js';
import type { AmqpConnection } from './amqp-connection.js';
import { type BrokerAddress, inRandomOrder } from './broker-address.js';
import { type Connect, connect } from './connect.js';
import type { ConnectionSettings } from './connection-settings.js';
import { frameSizeWarning } from './frame-size.js';
import { brokerWords, isRefusal, reasonOf, refused } from './refusal.js';

const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lives this long resets the back-off. */
const HEALTHY_MS = 1_000;

export interface ConnectionOptions {
  readonly address: BrokerAddress;
  readonly name: string;
  readonly settings: ConnectionSettings;
  readonly memory: MessageMemory;
  readonly logger: Logger;
  readonly random: () => number;
  /** Retries even when the broker refuses the credentials. Default: false. */
  readonly trusted?: boolean;
  /** True when the end does not count against the broker: the back-off starts again. */
  readonly isHarmless?: (cause: Error) => boolean;
  readonly onOpen: (connection: AmqpConnection) => void;
  /** Told of each loss of an open connection. */
  readonly onLost?: () => void;
  /** Called for each refused attempt that is not fatal. */
  readonly onRefused?: (reason: string) => void;
  /** Opens each connection. Default: over TCP, or TLS. */
  readonly connect?: Connect;
  /** Milliseconds of a clock that only goes forward. Default: that of the process. */
  readonly nowMs?: () => number;
}

/**
 * A connection that reconnects for ever.
 *
 *     connecting ── opened ──▶ open ── lost ──▶ waiting ── back-off, or wake ──▶ connecting …
 *         └── failed ──▶ waiting (back-off with full jitter)
 *     any ── stop ──▶ closed
 *     connecting ── refused at the very first start ──▶ failed
 */
export class BrokerConnection {
  private readonly options: ConnectionOptions;
  private readonly logger: Logger;
  private readonly closing = new AbortController();
  private readonly backOff: BackOff;
  private readonly connect: Connect;
  private readonly nowMs: () => number;
  private current: AmqpConnection | undefined;
  private openedOnce = false;
  private failure: string | undefined;
  private sleep = new AbortController();

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.logger = options.logger.child({ connection: options.name });
    this.backOff = new BackOff(options.settings.retry, options.random);
    this.connect = options.connect ?? connect;
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  get isOpen(): boolean {
    return this.current !== undefined;
  }

  /** Why it is not open: the last error, with its host; undefined before the first, and while it is open. */
  get lastError(): string | undefined {
    return this.failure;
  }

  /**
   * Resolves at the first success, or when stopped before.
   * @throws BrokerError `BROKER_REFUSED` when the first broker that answers refuses the user or the virtual host
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.keepOpen(resolve).then(resolve, reject);
    });
  }

  /** Skips the back-off, because another connection has reached the broker. */
  wake(): void {
    if (!this.isOpen) this.sleep.abort();
  }

  /** Closes within two seconds or by the deadline; the broker requeues unanswered messages. */
  async stop(deadline: AbortSignal = neverAborted()): Promise<void> {
    this.closing.abort();
    const { current } = this;
    if (current !== undefined) {
      const closed = current.close().catch((error: unknown) => {
        this.logger.debug({ err: error }, 'closing the connection failed');
      });
      await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, deadline)]);
    }
  }

  private async keepOpen(opened: () => void): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.serve(opened);
      if (signal.aborted) return;
      const waitMs = this.backOff.nextMs();
      this.logger.info({ waitMs }, `reconnecting in ${waitMs} ms`);
      await pause(waitMs, signal, this.sleep.signal);
      this.sleep = new AbortController();
    }
  }

  /**
   * Opens a connection and waits for its end. Not within the loop of `keepOpen`: once V8 has optimized that, its suspended
   * frame keeps the connection that a variable held before, for as long as the loop runs.
   */
  private async serve(opened: () => void): Promise<void> {
    const { signal } = this.closing;
    const connection = await this.attempt();
    if (connection === undefined) return;
    if (signal.aborted) return void connection.close().catch(() => undefined);
    const lost = this.whenLost(connection);
    this.current = connection;
    this.failure = undefined;
    this.openedOnce = true;
    this.sleep = new AbortController();
    const since = this.nowMs();
    this.options.onOpen(connection);
    opened();
    const cause = await lost;
    const isHarmless = this.options.isHarmless?.(cause) === true;
    if (isHarmless || this.nowMs() - since >= HEALTHY_MS) this.backOff.reset();
    this.current = undefined;
    if (signal.aborted) return;
    this.options.onLost?.();
    this.failure = `connection lost: ${reasonOf(cause)}`;
    this.logger.warn({ err: cause }, `connection lost: ${reasonOf(cause)}`);
  }

  private async attempt(): Promise<AmqpConnection | undefined> {
    const { logger } = this;
    const { address, name, settings, memory, random } = this.options;
    const { signal } = this.closing;
    for (const { host, port } of inRandomOrder(address.hosts, random)) {
      if (signal.aborted) return undefined;
      try {
        const connection = await this.connect({ address, host, port, name, settings, memory, signal });
        logger.info({ host, port, vhost: address.vhost, server: connection.server }, `connected to ${host}:${port}`);
        const warning = this.openedOnce ? undefined : frameSizeWarning(connection.frameMax);
        if (warning !== undefined) logger.warn(warning);
        return connection;
      } catch (error) {
        if (isRefusal(error) && !this.openedOnce && this.options.trusted !== true)
          throw refused(address, { host, port }, error);
        if (brokerWords(error) !== undefined) this.options.onRefused?.(reasonOf(error));
        this.failure = `cannot connect to ${host}:${port}: ${reasonOf(error)}`;
        // The stack would only fill the log during an outage.
        logger.warn({ host, port }, `cannot connect to ${host}:${port}: ${reasonOf(error)}`);
      }
    }
    return undefined;
  }

  private whenLost({ model }: AmqpConnection): Promise<Error> {
    return new Promise((resolve) => {
      let cause: Error | undefined;
      model.on('error', (error) => {
        cause = error;
      });
      model.on('close', (error) => resolve(cause ?? error ?? new Error('closed')));
      model.on('blocked', (reason) => {
        this.logger.warn({ reason }, `the broker blocks publishing: ${reason}`);
      });
      model.on('unblocked', () => this.logger.info('the broker accepts publishes again'));
    });
  }
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
