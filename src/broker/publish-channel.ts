import type { ConfirmChannel, Message } from 'amqplib';
import { DeliveryError, messageOf } from '../errors/index.js';
import { decodePropertyList, type PropertyList, type Publish, type WireProperties } from '../protocol/index.js';
import { RawTable } from './amqplib.js';
import { RawProperties } from './content-frames.js';

/** A channel that refused a message is changed for a new one, but not more often than this: a full queue refuses many. */
const CHANGE_EVERY_MS = 1_000;

/** A property list that announces nothing. */
const NO_PROPERTIES = Buffer.alloc(2);

/** A message that the broker has not confirmed yet. */
interface Unconfirmed {
  readonly publish: Publish;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** The broker returned it: the confirm that follows means "received", not "routed". */
  returned: boolean;
}

/** One confirm channel and what is on its way there. */
interface Generation {
  readonly channel: ConfirmChannel;
  readonly unconfirmed: Set<Unconfirmed>;
}

/**
 * The broker closed the channel over one of several messages and did not say which: none is known to have failed, and
 * each may be tried again.
 */
export class AmongSeveral extends Error {}

/**
 * A confirm channel, opened when it is needed, and the messages on it that wait for their confirm.
 *
 *     closed ── open ──▶ open ── closed by the broker, or gone with its connection ──▶ closed
 *     open ── a message was refused ──▶ closed; the old channel lives on until all that is on it has its answer
 */
export class PublishChannel {
  private readonly openChannel: () => Promise<ConfirmChannel>;
  private current: Generation | undefined;
  private opening: Promise<ConfirmChannel> | undefined;
  private changedAt = Number.NEGATIVE_INFINITY;

  /** @param openChannel opens a confirm channel; waits while the connection is away */
  constructor(openChannel: () => Promise<ConfirmChannel>) {
    this.openChannel = openChannel;
  }

  /** True while a message can be written without waiting for a channel. */
  get isOpen(): boolean {
    return this.current !== undefined;
  }

  /** Opens the channel if it is not open. */
  async open(): Promise<void> {
    if (this.current !== undefined) return;
    this.opening ??= this.openChannel().finally(() => {
      this.opening = undefined;
    });
    const channel = await this.opening;
    // Several publishes may have waited for one opening.
    if (this.isCurrent(channel)) return;
    const generation = { channel, unconfirmed: new Set<Unconfirmed>() };
    this.watch(generation);
    this.current = generation;
  }

  /**
   * Resolves when the broker has confirmed.
   * @throws AmongSeveral; DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async send(publish: Publish): Promise<void> {
    while (this.current === undefined) await this.open();
    return this.write(this.current, publish);
  }

  private write(generation: Generation, publish: Publish): Promise<void> {
    const { exchange, routingKey, body, headers, mandatory, properties } = publish;
    const { channel, unconfirmed } = generation;
    return new Promise((resolve, reject) => {
      const message: Unconfirmed = { publish, resolve, reject, returned: false };
      const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const options = { ...properties, mandatory, headers: new RawTable(headers) };
      const confirmed = (error: unknown): void => this.confirmed(generation, message, error);
      try {
        channel.publish(exchange, routingKey, content, options, confirmed);
        unconfirmed.add(message);
      } catch (error) {
        const isInvalid = error instanceof RangeError || error instanceof TypeError;
        // Closed in the same chunk that opened it, before anybody could watch it: it must not be kept for ever.
        if (!isInvalid && this.isCurrent(channel)) this.current = undefined;
        const code = isInvalid ? 'PUBLISH_INVALID' : 'PUBLISH_UNCONFIRMED';
        reject(new DeliveryError(code, `publish: ${messageOf(error)}`, { cause: error }));
      }
    });
  }

  private isCurrent(channel: ConfirmChannel): boolean {
    return this.current?.channel === channel;
  }

  private watch({ channel, unconfirmed }: Generation): void {
    let cause: Error | undefined;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('return', (message) => returned(unconfirmed, message));
    // First of all: amqplib itself answers for every unconfirmed message here, without the cause.
    channel.prependListener('close', () => {
      if (this.isCurrent(channel)) this.current = undefined;
      const lost = [...unconfirmed];
      unconfirmed.clear();
      for (const message of lost) message.reject(verdict(cause, lost.length));
    });
  }

  private confirmed(generation: Generation, message: Unconfirmed, error: unknown): void {
    const { channel, unconfirmed } = generation;
    // A closed channel was answered for in its 'close' event, with its cause.
    if (!unconfirmed.delete(message)) return;
    const { exchange, routingKey } = message.publish;
    if (error instanceof Error) {
      message.reject(new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${error.message}`));
      this.change(channel);
    } else if (message.returned) {
      const where = `exchange "${exchange}" with routing key "${routingKey}"`;
      message.reject(new DeliveryError('PUBLISH_UNROUTABLE', `no queue took the message sent to ${where}`));
    } else {
      message.resolve();
    }
    if (unconfirmed.size === 0 && !this.isCurrent(channel)) channel.close().catch(() => undefined);
  }

  /**
   * A channel that outlived the leader of a quorum queue can refuse every message to that queue from then on, where a new
   * one is served at once (seen with RabbitMQ 3.10).
   */
  private change(channel: ConfirmChannel): void {
    const now = performance.now();
    if (!this.isCurrent(channel) || now - this.changedAt < CHANGE_EVERY_MS) return;
    this.changedAt = now;
    this.current = undefined;
  }
}

function verdict(cause: Error | undefined, count: number): Error {
  if (cause === undefined) return new DeliveryError('PUBLISH_UNCONFIRMED', 'the publish connection went');
  if (count > 1) return new AmongSeveral(cause.message, { cause });
  return new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${cause.message}`, { cause });
}

/**
 * `basic.return` names no publish, but comes before its confirm. The oldest unconfirmed message of that route and content
 * is meant: two that are alike in all of it are interchangeable. Headers route as well, but the broker may write them in
 * its own way: they decide only among those that are alike in the rest.
 */
function returned(unconfirmed: ReadonlySet<Unconfirmed>, message: Message): void {
  const { properties, headers } = listOf(message);
  const alike = [...unconfirmed].filter((candidate) => mayBe(candidate, message, properties));
  const meant = alike.find(({ publish }) => Buffer.compare(publish.headers, headers) === 0) ?? alike[0];
  if (meant !== undefined) meant.returned = true;
}

function mayBe(
  { publish, returned: isTaken }: Unconfirmed,
  { fields, content }: Message,
  properties: WireProperties,
): boolean {
  return (
    publish.mandatory &&
    !isTaken &&
    publish.exchange === fields.exchange &&
    publish.routingKey === fields.routingKey &&
    publish.properties.messageId === properties.messageId &&
    publish.properties.correlationId === properties.correlationId &&
    content.equals(publish.body)
  );
}

function listOf({ properties }: { readonly properties: object }): PropertyList {
  return decodePropertyList(properties instanceof RawProperties ? properties.bytes : NO_PROPERTIES);
}
