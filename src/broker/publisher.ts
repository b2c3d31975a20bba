import type { ConfirmChannel } from 'amqplib';
import { BrokerError, DeliveryError, messageOf } from '../errors/index.js';
import type { Publish } from '../protocol/index.js';
import { deferred } from '../waiting/index.js';
import { BrokerConnection, type ConnectionOptions } from './broker-connection.js';
import { type LiveConnection, watchConnection } from './live-connection.js';
import { AmongSeveral, PublishChannel } from './publish-channel.js';

type PublisherOptions = Omit<ConnectionOptions, 'onOpen' | 'trusted'>;

/** A message this large may be over the broker's `max_message_size`, for which it closes the channel. */
const LARGE_BYTES = 8 * 1024 * 1024;
const ACCESS_REFUSED = 403;

/**
 * Publishes with confirms, over a connection of its own that is opened at the first publish: a broker that blocks
 * publishers (https://www.rabbitmq.com/docs/connection-blocked) must not hold back acks.
 *
 * For some messages the broker closes the channel instead of refusing them
 * (https://www.rabbitmq.com/docs/channels#error-handling), and everything else in flight there is left without an answer.
 * So there are two channels: the shared one, where messages follow each other without waiting, and a solitary one with one
 * message at a time. What the shared channel lost over an unknown culprit goes again on the solitary one, where only the
 * culprit fails; what is likely to be refused goes there at once.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private readonly shared = new PublishChannel(() => this.openChannel());
  private readonly solitary = new PublishChannel(() => this.openChannel());
  private readonly knownExchanges = new Map<string, Promise<void>>();
  /** Exchanges that the broker closed a channel for: internal, or not ours to write to. */
  private readonly forbiddenExchanges = new Set<string>();
  private connection: BrokerConnection | undefined;
  private live: LiveConnection | undefined;
  /** Resolved while the connection stands. */
  private nextOpen = deferred();
  /** The last message of the solitary channel. */
  private solitaryTail: Promise<void> = Promise.resolve();
  /** Messages that go again one by one; later ones wait behind them, so that the order is kept. */
  private sorting = 0;
  private sorted = deferred();
  private idle: (() => void) | undefined;
  private inFlight = 0;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /**
   * Resolves when the broker has confirmed; waits while the connection is away.
   * @throws DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async publish(publish: Publish): Promise<void> {
    this.inFlight++;
    try {
      // Straight through when the way is open, so that messages leave in the order in which they were given.
      if (!this.shared.isOpen) await this.shared.open();
      if (publish.exchange !== '') await this.checkExchange(publish.exchange);
      while (this.sorting > 0) await this.sorted.promise;
      await (this.isRisky(publish) ? this.sendAlone(publish) : this.sendAmongOthers(publish));
    } finally {
      this.inFlight--;
      if (this.inFlight === 0) this.idle?.();
    }
  }

  /** Resolves when nothing waits for a confirm. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      if (this.inFlight === 0) resolve();
    });
  }

  async close(): Promise<void> {
    await this.connection?.close();
  }

  /** Anything that the broker is known to close channels for, and that cannot be asked beforehand. */
  private isRisky({ exchange, body, properties: { userId } }: Publish): boolean {
    return (
      body.length > LARGE_BYTES ||
      (userId !== undefined && userId !== this.options.address.username) ||
      this.forbiddenExchanges.has(exchange)
    );
  }

  private async sendAmongOthers(publish: Publish): Promise<void> {
    try {
      await this.shared.send(publish);
    } catch (error) {
      if (!(error instanceof AmongSeveral)) throw error;
      if (this.sorting === 0) this.beginSorting(error.message);
      this.sorting++;
      try {
        await this.sendAlone(publish);
      } finally {
        this.sorting--;
        if (this.sorting === 0) this.sorted.resolve();
      }
    }
  }

  private beginSorting(reason: string): void {
    this.sorted = deferred();
    // An exchange may have gone since it was looked up.
    this.knownExchanges.clear();
    this.options.logger.warn(`publish channel closed: ${reason}; what was in flight goes again, one by one`);
  }

  private sendAlone(publish: Publish): Promise<void> {
    const sent = this.solitaryTail.then(() => this.solitary.send(publish));
    this.solitaryTail = sent.catch((error: unknown) => {
      if (isForbidden(error)) this.forbiddenExchanges.add(publish.exchange);
    });
    return sent;
  }

  private async openChannel(): Promise<ConfirmChannel> {
    this.connect();
    for (;;) {
      await this.nextOpen.promise;
      const { live } = this;
      if (live === undefined) continue;
      try {
        return await live.model.createConfirmChannel();
      } catch (error) {
        if (!live.gone.aborted) throw new BrokerError('PUBLISH_REFUSED', messageOf(error), { cause: error });
      }
    }
  }

  private connect(): void {
    if (this.connection !== undefined) return;
    this.connection = new BrokerConnection({
      ...this.options,
      trusted: true,
      onOpen: (model) => {
        const live = watchConnection(model);
        this.live = live;
        this.knownExchanges.clear();
        this.forbiddenExchanges.clear();
        this.nextOpen.resolve();
        live.gone.addEventListener('abort', () => {
          this.nextOpen = deferred();
        });
      },
    });
    this.connection.open().catch((error: unknown) => this.options.logger.error({ err: error }, messageOf(error)));
  }

  /** Publishing to a missing exchange closes the channel for everybody: ask first, once for each exchange. */
  private checkExchange(exchange: string): Promise<void> {
    let known = this.knownExchanges.get(exchange);
    if (known === undefined) {
      known = this.lookUpExchange(exchange);
      this.knownExchanges.set(exchange, known);
      known.catch(() => this.knownExchanges.delete(exchange));
    }
    return known;
  }

  private async lookUpExchange(exchange: string): Promise<void> {
    const { live } = this;
    try {
      const probe = await live?.model.createChannel();
      probe?.on('error', () => undefined);
      await probe?.checkExchange(exchange);
      await probe?.close();
    } catch (error) {
      const isGone = live?.gone.aborted === true;
      throw new DeliveryError(
        isGone ? 'PUBLISH_UNCONFIRMED' : 'PUBLISH_REFUSED',
        `cannot publish to exchange "${exchange}": ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

function isForbidden(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === ACCESS_REFUSED;
}
