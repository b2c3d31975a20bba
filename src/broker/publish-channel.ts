import type { ConfirmChannel, Message } from 'amqplib';
import { DeliveryError, messageOf } from '../errors/index.js';
import type { Publish } from '../protocol/index.js';
import { RawTable } from './amqplib.js';

/** A message that the broker has not confirmed yet. */
interface Unconfirmed {
  readonly publish: Publish;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** The broker returned it: the confirm that follows means "received", not "routed". */
  returned: boolean;
}

/**
 * The broker closed the channel over one of several messages and did not say which: none is known to have failed, and
 * each may be tried again.
 */
export class AmongSeveral extends Error {}

/** One confirm channel, opened when it is needed, and the messages on it that wait for their confirm. */
export class PublishChannel {
  private readonly openChannel: () => Promise<ConfirmChannel>;
  private readonly unconfirmed = new Set<Unconfirmed>();
  private channel: ConfirmChannel | undefined;
  private opening: Promise<ConfirmChannel> | undefined;

  /** @param openChannel opens a confirm channel; waits while the connection is away */
  constructor(openChannel: () => Promise<ConfirmChannel>) {
    this.openChannel = openChannel;
  }

  /** True while a message can be written without waiting for a channel. */
  get isOpen(): boolean {
    return this.channel !== undefined;
  }

  /** Opens the channel if it is not open. */
  async open(): Promise<void> {
    if (this.channel !== undefined) return;
    this.opening ??= this.openChannel().finally(() => {
      this.opening = undefined;
    });
    const channel = await this.opening;
    // Several publishes may have waited for one opening.
    if (this.channel === channel) return;
    this.watch(channel);
    this.channel = channel;
  }

  /**
   * Resolves when the broker has confirmed.
   * @throws AmongSeveral; DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async send(publish: Publish): Promise<void> {
    while (this.channel === undefined) await this.open();
    return this.write(this.channel, publish);
  }

  private write(channel: ConfirmChannel, publish: Publish): Promise<void> {
    const { exchange, routingKey, body, headers, mandatory, properties } = publish;
    return new Promise((resolve, reject) => {
      const message: Unconfirmed = { publish, resolve, reject, returned: false };
      const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const options = { ...properties, mandatory, headers: new RawTable(headers) };
      try {
        channel.publish(exchange, routingKey, content, options, (error: unknown) => this.confirmed(message, error));
        this.unconfirmed.add(message);
      } catch (error) {
        const isInvalid = error instanceof RangeError || error instanceof TypeError;
        // Closed in the same chunk that opened it, before anybody could watch it: it must not be kept for ever.
        if (!isInvalid && this.channel === channel) this.channel = undefined;
        const code = isInvalid ? 'PUBLISH_INVALID' : 'PUBLISH_UNCONFIRMED';
        reject(new DeliveryError(code, `publish: ${messageOf(error)}`, { cause: error }));
      }
    });
  }

  private watch(channel: ConfirmChannel): void {
    let cause: Error | undefined;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('return', (message) => this.returned(message));
    // First of all: amqplib itself answers for every unconfirmed message here, without the cause.
    channel.prependListener('close', () => {
      if (this.channel === channel) this.channel = undefined;
      const lost = [...this.unconfirmed];
      this.unconfirmed.clear();
      for (const message of lost) message.reject(this.verdict(cause, lost.length));
    });
  }

  private verdict(cause: Error | undefined, count: number): Error {
    if (cause === undefined) return new DeliveryError('PUBLISH_UNCONFIRMED', 'the publish connection went');
    if (count > 1) return new AmongSeveral(cause.message, { cause });
    return new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${cause.message}`, { cause });
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
