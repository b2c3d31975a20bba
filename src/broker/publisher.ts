import type { ConfirmChannel, Message } from 'amqplib';
import { BrokerError, DeliveryError, messageOf } from '../errors/index.js';
import type { Publish } from '../protocol/index.js';
import { deferred } from '../waiting/index.js';
import { RawTable } from './amqplib.js';
import { BrokerConnection, type ConnectionOptions } from './broker-connection.js';
import { type LiveConnection, watchConnection } from './live-connection.js';

type PublisherOptions = Omit<ConnectionOptions, 'onOpen' | 'trusted'>;

/** A message that the broker has not confirmed yet. */
interface Unconfirmed {
  readonly publish: Publish;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** The broker returned it: the confirm that follows means "received", not "routed". */
  returned: boolean;
}

/**
 * Publishes with confirms, over a connection of its own that is opened at the first publish: a broker that blocks
 * publishers (https://www.rabbitmq.com/docs/connection-blocked) must not hold back acks.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private connection: BrokerConnection | undefined;
  private live: LiveConnection | undefined;
  private channel: ConfirmChannel | undefined;
  private opening: Promise<ConfirmChannel> | undefined;
  private nextOpen = deferred();
  private readonly knownExchanges = new Map<string, Promise<void>>();
  private readonly unconfirmed = new Set<Unconfirmed>();
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
      const channel = this.channel ?? (await this.openChannel());
      if (publish.exchange !== '') await this.checkExchange(publish.exchange);
      await this.send(this.channel ?? channel, publish);
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

  private openChannel(): Promise<ConfirmChannel> {
    this.opening ??= this.makeChannel().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async makeChannel(): Promise<ConfirmChannel> {
    if (this.connection === undefined) {
      this.connection = new BrokerConnection({
        ...this.options,
        trusted: true,
        onOpen: (model) => {
          this.live = watchConnection(model);
          this.nextOpen.resolve();
        },
      });
      this.connection.open().catch((error: unknown) => this.options.logger.error({ err: error }, messageOf(error)));
    }
    for (;;) {
      const live = this.live;
      if (live === undefined || live.gone.aborted) {
        this.nextOpen = deferred();
        await this.nextOpen.promise;
        continue;
      }
      try {
        const channel = await live.model.createConfirmChannel();
        this.watch(channel);
        this.knownExchanges.clear();
        this.channel = channel;
        return channel;
      } catch (error) {
        if (!live.gone.aborted) throw new BrokerError('PUBLISH_REFUSED', messageOf(error), { cause: error });
      }
    }
  }

  private watch(channel: ConfirmChannel): void {
    let cause: Error | undefined;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('return', (message) => this.returned(message));
    channel.on('close', () => {
      if (this.channel === channel) this.channel = undefined;
      if (cause !== undefined) this.options.logger.warn({ err: cause }, `publish channel closed: ${cause.message}`);
      // The broker names no message when it closes a channel: only one that was alone is known to be the cause.
      const code = cause !== undefined && this.unconfirmed.size === 1 ? 'PUBLISH_REFUSED' : 'PUBLISH_UNCONFIRMED';
      const reason =
        cause === undefined ? 'the publish connection went' : `the broker closed the channel: ${cause.message}`;
      for (const message of this.unconfirmed) message.reject(new DeliveryError(code, reason, { cause }));
      this.unconfirmed.clear();
    });
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

  private send(channel: ConfirmChannel, publish: Publish): Promise<void> {
    const { exchange, routingKey, body, headers, mandatory, properties } = publish;
    return new Promise((resolve, reject) => {
      const message: Unconfirmed = { publish, resolve, reject, returned: false };
      const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const options = { ...properties, mandatory, headers: new RawTable(headers) };
      try {
        channel.publish(exchange, routingKey, content, options, (error: unknown) => this.confirmed(message, error));
        this.unconfirmed.add(message);
      } catch (error) {
        const code =
          error instanceof RangeError || error instanceof TypeError ? 'PUBLISH_INVALID' : 'PUBLISH_UNCONFIRMED';
        reject(new DeliveryError(code, `publish: ${messageOf(error)}`, { cause: error }));
      }
    });
  }

  private confirmed(message: Unconfirmed, error: unknown): void {
    // A closed channel was answered for in its 'close' event, with its cause.
    if (!this.unconfirmed.delete(message)) return;
    const { exchange, routingKey } = message.publish;
    if (error instanceof Error) {
      message.reject(new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${error.message}`));
    } else if (message.returned) {
      const where = `exchange "${exchange}" with routing key "${routingKey}"`;
      message.reject(new DeliveryError('PUBLISH_UNROUTABLE', `no queue took the message sent to ${where}`));
    } else {
      message.resolve();
    }
  }

  /**
   * `basic.return` names no publish, but comes before its confirm. The oldest unconfirmed message of that route and
   * content is meant: two that are alike in all of it are interchangeable.
   */
  private returned(message: Message): void {
    for (const candidate of this.unconfirmed) {
      const { publish } = candidate;
      const isMeant =
        publish.mandatory &&
        !candidate.returned &&
        publish.exchange === message.fields.exchange &&
        publish.routingKey === message.fields.routingKey &&
        publish.properties.messageId === message.properties.messageId &&
        publish.properties.correlationId === message.properties.correlationId &&
        message.content.equals(publish.body);
      if (isMeant) {
        candidate.returned = true;
        return;
      }
    }
  }
}
