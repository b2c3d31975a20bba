import type { ConfirmChannel } from 'amqplib';
import { BrokerError, DeliveryError, messageOf } from '../errors/index.js';
import { encodeOutgoing, MessageMemory, type OutgoingMessage, type Publish } from '../protocol/index.js';
import { deferred } from '../waiting/index.js';
import { breakConnection } from './amqplib.js';
import { BrokerConnection, type ConnectionOptions } from './broker-connection.js';
import { ConfirmWatch } from './confirm-watch.js';
import { KnownExchanges } from './known-exchanges.js';
import { type LiveConnection, watchConnection } from './live-connection.js';
import { AmongSeveral, PublishChannel } from './publish-channel.js';
import type { PublishDone } from './unconfirmed.js';

type PublisherOptions = Omit<ConnectionOptions, 'onOpen' | 'trusted' | 'memory'>;

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
  private readonly knownExchanges = new KnownExchanges(() => this.live);
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

  private isBlocked = false;
  private readonly watch: ConfirmWatch;

  constructor(options: PublisherOptions) {
    this.options = options;
    this.watch = new ConfirmWatch({
      limitMs: options.settings.stallTimeoutMs,
      isWaiting: () => this.inFlight > 0,
      couldAnswer: () => this.live !== undefined && !this.live.gone.aborted && !this.isBlocked,
      onStall: () => this.renew(),
    });
  }

  /**
   * Resolves when the broker has confirmed; waits while the connection is away.
   * @throws DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async publish(publish: Publish): Promise<void> {
    const message = encoded(publish);
    await new Promise<void>((resolve, reject) => {
      this.send(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Publishes what is encoded already; `done` is told what `publish` would resolve or reject with. */
  send(message: OutgoingMessage, done: (error?: unknown) => void): void {
    this.inFlight++;
    this.watch.sent();
    const finish = (error?: unknown): void => {
      this.inFlight--;
      this.watch.heard();
      done(error);
      if (this.inFlight === 0) this.idle?.();
    };
    // Straight through when the way is open: so nearly all messages go, and no promise is made of them.
    if (this.isClear(message)) this.sendAmongOthers(message, finish);
    else this.sendInTurn(message, finish).catch(finish);
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

  /** True when there is nothing to wait for before the message may follow the others. */
  private isClear(message: OutgoingMessage): boolean {
    return (
      this.shared.isOpen &&
      this.sorting === 0 &&
      (message.isForQueue || this.knownExchanges.has(message.route.exchange)) &&
      !this.isRisky(message)
    );
  }

  private async sendInTurn(message: OutgoingMessage, finish: PublishDone): Promise<void> {
    if (!this.shared.isOpen) await this.shared.open();
    if (!message.isForQueue) await this.knownExchanges.check(message.route.exchange);
    while (this.sorting > 0) await this.sorted.promise;
    if (this.isRisky(message)) {
      await this.sendAlone(message);
      return finish();
    }
    // The channel may have gone meanwhile: everything once more.
    if (!this.shared.isOpen) return this.sendInTurn(message, finish);
    this.sendAmongOthers(message, finish);
  }

  /** Anything that the broker is known to close channels for, and that cannot be asked beforehand. */
  private isRisky(message: OutgoingMessage): boolean {
    return (
      message.end - message.bodyAt > LARGE_BYTES ||
      (message.hasUserId && message.list.properties['userId'] !== this.options.address.username) ||
      (this.forbiddenExchanges.size > 0 && this.forbiddenExchanges.has(message.route.exchange))
    );
  }

  private sendAmongOthers(message: OutgoingMessage, finish: PublishDone): void {
    this.shared.write(message, (error) => {
      if (error instanceof AmongSeveral) this.sendAgain(message, error).then(() => finish(), finish);
      else finish(error);
    });
  }

  private async sendAgain(message: OutgoingMessage, { message: reason }: AmongSeveral): Promise<void> {
    if (this.sorting === 0) this.beginSorting(reason);
    this.sorting++;
    try {
      await this.sendAlone(message);
    } finally {
      this.sorting--;
      if (this.sorting === 0) this.sorted.resolve();
    }
  }

  private beginSorting(reason: string): void {
    this.sorted = deferred();
    // An exchange may have gone since it was looked up.
    this.knownExchanges.clear();
    this.options.logger.warn(`publish channel closed: ${reason}; what was in flight goes again, one by one`);
  }

  private sendAlone(message: OutgoingMessage): Promise<void> {
    const sent = this.solitaryTail.then(() => this.solitary.send(message));
    this.solitaryTail = sent.catch((error: unknown) => {
      if (isForbidden(error)) this.forbiddenExchanges.add(message.route.exchange);
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

  /** Of what is unconfirmed nobody knows whether it arrived: it fails as such, and the connection comes back. */
  private renew(): void {
    const { logger, settings } = this.options;
    const why = `no publish was confirmed for ${settings.stallTimeoutMs} ms`;
    logger.warn({ waiting: this.inFlight }, `${why}: the publish connection is made anew`);
    if (this.live !== undefined) breakConnection(this.live.model, new Error(why));
  }

  private connect(): void {
    if (this.connection !== undefined) return;
    this.connection = new BrokerConnection({
      ...this.options,
      memory: new MessageMemory(),
      trusted: true,
      onOpen: (model) => {
        const live = watchConnection(model);
        this.live = live;
        this.watch.heard();
        this.isBlocked = false;
        model.on('blocked', () => {
          this.isBlocked = true;
        });
        model.on('unblocked', () => {
          this.isBlocked = false;
          this.watch.heard();
        });
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
}

/** @throws DeliveryError `PUBLISH_INVALID` */
function encoded(publish: Publish): OutgoingMessage {
  try {
    return encodeOutgoing(publish);
  } catch (error) {
    throw new DeliveryError('PUBLISH_INVALID', `publish: ${messageOf(error)}`, { cause: error });
  }
}

function isForbidden(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === ACCESS_REFUSED;
}
