import type { Logger } from 'pino';
import type { MessageMemory } from '../../amqp/index.js';
import { BackOff, pause } from '../../timing/index.js';
import type { AmqpConnection } from './amqp-connection.js';
import type { BrokerAddress } from './broker-address.js';
import { type Connect, connect } from './connect.js';
import type { ConnectionSettings } from './connection-settings.js';
import { frameSizeWarning } from './frame-size.js';
import { brokerWords, isRefusal, reasonOf, refused } from './refusal.js';

/** A broker that no longer answers a close is left alone after this. */
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that stood this long is no part of a loop that opens and loses it. */
const HEALTHY_MS = 1_000;

export interface ConnectionOptions {
  readonly address: BrokerAddress;
  /** Shown by the broker for this connection. */
  readonly name: string;
  readonly settings: ConnectionSettings;
  /** Where what the broker sends lands. */
  readonly memory: MessageMemory;
  readonly logger: Logger;
  readonly random: () => number;
  /** True: keep trying even when the broker refuses the credentials (it served us before, so this may pass). */
  readonly trusted?: boolean;
  /** True for an end that says nothing about the broker's health: the next connection is opened soon, however often this happens. */
  readonly isHarmless?: (cause: Error) => boolean;
  /** Called for each connection that was opened, the first included. */
  readonly onOpen: (connection: AmqpConnection) => void;
  /** Called for each attempt that the broker refused, with what it said, while the connection is to be opened all the same. */
  readonly onRefused?: (reason: string) => void;
  /** Opens each connection. Default: over TCP, or TLS. */
  readonly connect?: Connect;
  /** Milliseconds of a clock that only goes forward. Default: that of the process. */
  readonly nowMs?: () => number;
}

/**
 * One connection that comes back for ever.
 *
 *     connecting ── opened ──▶ open ── lost ──▶ waiting ── back-off, or wake ──▶ connecting …
 *         └── failed ──▶ waiting (back-off with full jitter)
 *     any ── close ──▶ closed
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
  /** Aborted by `wake`: the wait that runs, or the next one, ends at once. */
  private sleep = new AbortController();
  private running: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    // Two connections write to one log: each line says whose it is.
    this.logger = options.logger.child({ connection: options.name });
    this.backOff = new BackOff(options.settings.retry, options.random);
    this.connect = options.connect ?? connect;
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  /** True while the broker can be reached. */
  get isOpen(): boolean {
    return this.current !== undefined;
  }

  /**
   * Opens the connection and keeps it open; resolves at the first success, or when `close` came before it.
   * @throws BrokerError `BROKER_REFUSED` when the first broker that answers refuses the user or the virtual host.
   */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.running = this.keepOpen(resolve).then(resolve, reject);
    });
  }

  /** Another connection reached the broker: if this one is away, it is tried at once. */
  wake(): void {
    if (!this.isOpen) this.sleep.abort();
  }

  /** Closes in good order, within two seconds; messages that are still unanswered go back to their queues. */
  async close(): Promise<void> {
    this.closing.abort();
    const { current } = this;
    if (current !== undefined) {
      const closed = current.close().catch((error: unknown) => {
        this.logger.debug({ err: error }, 'closing the connection failed');
      });
      await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, neverAborted())]);
    }
  }

  /** Resolves when the connection has been closed for good. */
  async closed(): Promise<void> {
    await this.running;
  }

  private async keepOpen(opened: () => void): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const connection = await this.attempt();
      if (connection !== undefined) {
        if (signal.aborted) return void connection.close().catch(() => undefined);
        const lost = this.whenLost(connection);
        this.current = connection;
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
        this.logger.warn({ err: cause }, `connection lost: ${reasonOf(cause)}`);
      }
      const waitMs = this.backOff.nextMs();
      this.logger.info({ waitMs }, `connecting again in ${waitMs} ms`);
      await pause(waitMs, signal, this.sleep.signal);
      this.sleep = new AbortController();
    }
  }

  /** One try at each host, in random order. */
  private async attempt(): Promise<AmqpConnection | undefined> {
    const { logger } = this;
    const { address, name, settings, memory, random } = this.options;
    const { signal } = this.closing;
    const hosts = address.hosts
      .map((host) => ({ ...host, order: random() }))
      .toSorted((left, right) => left.order - right.order);
    for (const { host, port } of hosts) {
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
        // Without the stack: it would fill the log of an outage and say no more than the reason.
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
      model.on('unblocked', () => this.logger.info('the broker takes publishes again'));
    });
  }
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
