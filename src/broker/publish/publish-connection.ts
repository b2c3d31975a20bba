import type { ConfirmChannel } from 'amqplib';
import { MessageMemory } from '../../amqp/index.js';
import { BrokerError, messageOf } from '../../errors/index.js';
import type { OpenedChannel } from '../connection/amqp-connection.js';
import { BrokerConnection, type ConnectionOptions } from '../connection/broker-connection.js';
import { type LiveConnection, watchConnection } from '../connection/live-connection.js';
import { isReproach, reasonOf } from '../connection/refusal.js';
import { PublishGate } from './publish-gate.js';
import { isOverWhatWasSent } from './publish-refusal.js';

type OwnOptions = 'onOpen' | 'onRefused' | 'trusted' | 'memory' | 'isHarmless';

export interface PublishConnectionOptions extends Omit<ConnectionOptions, OwnOptions> {
  readonly onConnected?: () => void;
}

export interface PublishConnectionEvents {
  readonly onOpen: () => void;
  readonly onUnblocked: () => void;
  /** The channels close right after. */
  readonly onFault: (cause: Error) => void;
}

/** The connection that publishes, opened on demand. */
export class PublishConnection {
  private readonly options: PublishConnectionOptions;
  private readonly events: PublishConnectionEvents;
  private connection: BrokerConnection | undefined;
  private current: LiveConnection | undefined;
  private readonly gate: PublishGate;
  private isBlocked = false;

  constructor(options: PublishConnectionOptions, events: PublishConnectionEvents) {
    this.options = options;
    this.events = events;
    const { settings, nowMs = (): number => performance.now() } = options;
    this.gate = new PublishGate({ patienceMs: settings.connectTimeoutMs, nowMs });
  }

  get live(): LiveConnection | undefined {
    return this.current;
  }

  get isConnected(): boolean {
    return this.current !== undefined && !this.current.gone.aborted;
  }

  /** True while the broker accepts no publishes. */
  get isBlockedByBroker(): boolean {
    return this.isConnected && this.isBlocked;
  }

  get couldAnswer(): boolean {
    return this.isConnected && !this.isBlocked;
  }

  /**
   * @throws BrokerError, DeliveryError `PUBLISH_REFUSED` when the broker opens no further channel, or keeps refusing
   * the connection
   */
  async openChannel(): Promise<OpenedChannel<ConfirmChannel>> {
    this.connect();
    for (;;) {
      await this.gate.opened();
      const live = this.current;
      if (live === undefined) continue;
      try {
        const channel = await live.opened.openConfirmChannel();
        this.gate.accepted();
        return channel;
      } catch (error) {
        if (!live.gone.aborted) throw new BrokerError('PUBLISH_REFUSED', messageOf(error), { cause: error });
        const lasting = isReproach(live.gone.reason) ? this.gate.refused(reasonOf(live.gone.reason)) : undefined;
        if (lasting !== undefined) throw lasting;
      }
    }
  }

  /** Ends the current connection; a new one opens. */
  reconnect(cause: Error): void {
    this.current?.opened.kill(cause);
  }

  wake(): void {
    this.connection?.wake();
  }

  async stop(deadline?: AbortSignal): Promise<void> {
    await this.connection?.stop(deadline);
  }

  private connect(): void {
    if (this.connection !== undefined) return;
    this.connection = new BrokerConnection({
      ...this.options,
      memory: new MessageMemory(),
      trusted: true,
      isHarmless: isOverWhatWasSent,
      onRefused: (reason) => void this.gate.refused(reason),
      onOpen: (connection) => {
        const { model } = connection;
        const live = watchConnection(connection);
        this.current = live;
        this.isBlocked = false;
        model.on('error', (cause) => {
          if (isOverWhatWasSent(cause)) this.events.onFault(cause);
        });
        model.on('blocked', () => {
          this.isBlocked = true;
        });
        model.on('unblocked', () => {
          this.isBlocked = false;
          this.events.onUnblocked();
        });
        this.events.onOpen();
        this.gate.open();
        live.gone.addEventListener('abort', () => this.gate.close());
        this.options.onConnected?.();
      },
    });
    this.connection.start().catch((error: unknown) => this.options.logger.error({ err: error }, messageOf(error)));
  }
}
