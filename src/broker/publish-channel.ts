import type { ConfirmChannel } from 'amqplib';
import type { OutgoingMessage } from '../amqp/index.js';
import { DeliveryError, messageOf } from '../errors/index.js';
import { isRaw, type RawConfirmChannel } from './joined-writes.js';
import { headerFrameBytes, PublishFrames } from './publish-frames.js';
import { refusedOver } from './publish-refusal.js';
import { noteReturned, type PublishDone, type Unconfirmed } from './unconfirmed.js';

/** A channel that refused a message is changed for a new one, but not more often than this: a full queue refuses many. */
const CHANGE_EVERY_MS = 1_000;

const EMPTY = Buffer.alloc(0);

/** One confirm channel and what is on its way there. */
interface Generation {
  readonly channel: RawConfirmChannel;
  readonly unconfirmed: Set<Unconfirmed>;
  /** Those that wait for the end of this turn's work, to go out in one write. */
  unsent: Unconfirmed[];
}

/**
 * The broker closed the channel or the connection over one of several messages and did not say which: none is known to have
 * failed, and each may be tried again.
 */
export class AmongSeveral extends Error {
  /** In the broker's words. */
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/** The broker ended a connection over one of the messages that were on their way there, on whatever channel. */
export interface ConnectionFault {
  readonly cause: Error;
  /** How many messages had no answer yet. */
  readonly waiting: number;
}

export interface PublishChannelOptions {
  /** Opens a confirm channel; waits while the connection is away. */
  readonly openChannel: () => Promise<ConfirmChannel>;
  /** Why the connection has just ended; undefined when it was over none of our messages. */
  readonly connectionFault: () => ConnectionFault | undefined;
}

/**
 * A confirm channel, opened when it is needed, and the messages on it that wait for their confirm.
 *
 *     closed ── open ──▶ open ── closed by the broker, or gone with its connection ──▶ closed
 *     open ── a message was refused ──▶ closed; the old channel lives on until all that is on it has its answer
 */
export class PublishChannel {
  private readonly options: PublishChannelOptions;
  private current: Generation | undefined;
  private opening: Promise<ConfirmChannel> | undefined;
  private changedAt = Number.NEGATIVE_INFINITY;
  private unanswered = 0;
  private whenIdle: (() => void)[] = [];

  constructor(options: PublishChannelOptions) {
    this.options = options;
  }

  /** Messages without an answer, those on channels that were changed for new ones included. */
  get waiting(): number {
    return this.unanswered;
  }

  /** Resolves when no message waits for its answer. */
  async idle(): Promise<void> {
    if (this.unanswered > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** True while a message can be written without waiting for a channel. */
  get isOpen(): boolean {
    return this.current !== undefined;
  }

  /** Opens the channel if it is not open. */
  async open(): Promise<void> {
    if (this.current !== undefined) return;
    this.opening ??= this.options.openChannel().finally(() => {
      this.opening = undefined;
    });
    const channel = await this.opening;
    // Several publishes may have waited for one opening.
    if (this.isCurrent(channel)) return;
    if (!isRaw(channel)) throw new TypeError('amqplib made a confirm channel of an unknown kind');
    const generation = { channel, unconfirmed: new Set<Unconfirmed>(), unsent: [] };
    this.watch(generation);
    this.current = generation;
  }

  /**
   * Resolves when the broker has confirmed.
   * @throws AmongSeveral; DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async send(message: OutgoingMessage): Promise<void> {
    while (this.current === undefined) await this.open();
    await new Promise<void>((resolve, reject) => {
      this.write(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Sends over the open channel, without a promise: `done` is told what `send` would resolve or reject with. */
  write(message: OutgoingMessage, done: PublishDone): void {
    const generation = this.current;
    if (generation === undefined) return done(notSent('there is no channel'));
    const problem = unsendable(message, generation.channel);
    if (problem !== undefined) return done(new DeliveryError('PUBLISH_INVALID', `publish: ${problem}`));
    const entry = { message, done, returned: false };
    generation.unconfirmed.add(entry);
    this.unanswered++;
    generation.unsent.push(entry);
    if (generation.unsent.length === 1) queueMicrotask(() => this.flush(generation));
  }

  private flush(generation: Generation): void {
    const { channel, unsent } = generation;
    generation.unsent = [];
    if (unsent.length === 0) return;
    try {
      channel.sendMessage(new PublishFrames(unsent.map(({ message }) => message)), {}, EMPTY);
    } catch (error) {
      // Closed in the same chunk that opened it, before anybody could watch it: it must not be kept for ever.
      if (this.isCurrent(channel)) this.current = undefined;
      for (const entry of unsent) {
        generation.unconfirmed.delete(entry);
        this.answered(1);
        entry.done(notSent(messageOf(error), error));
      }
      return;
    }
    for (const entry of unsent) channel.pushConfirmCallback((error) => this.confirmed(generation, entry, error));
  }

  private isCurrent(channel: ConfirmChannel): boolean {
    return this.current?.channel === channel;
  }

  private watch(generation: Generation): void {
    const { channel, unconfirmed } = generation;
    let cause: Error | undefined;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('return', (message) => noteReturned(unconfirmed, message));
    // First of all: amqplib itself answers for every unconfirmed message here, without the cause.
    channel.prependListener('close', () => {
      if (this.isCurrent(channel)) this.current = undefined;
      const lost = [...unconfirmed];
      unconfirmed.clear();
      generation.unsent = [];
      this.answered(lost.length);
      const fault = cause === undefined ? this.options.connectionFault() : { cause, waiting: lost.length };
      for (const { done } of lost) done(verdict(fault));
    });
  }

  private answered(count: number): void {
    this.unanswered -= count;
    if (this.unanswered > 0) return;
    for (const tell of this.whenIdle.splice(0)) tell();
  }

  private confirmed(generation: Generation, entry: Unconfirmed, error: unknown): void {
    const { channel, unconfirmed } = generation;
    // A closed channel was answered for in its 'close' event, with its cause.
    if (!unconfirmed.delete(entry)) return;
    this.answered(1);
    const { message, done, returned: isReturned } = entry;
    if (error instanceof Error) {
      done(new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${error.message}`));
      this.change(channel);
    } else if (isReturned) {
      const { exchange, routingKey } = message.route;
      const where = `exchange "${exchange}" with routing key "${routingKey}"`;
      done(new DeliveryError('PUBLISH_UNROUTABLE', `no queue took the message sent to ${where}`));
    } else {
      done();
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

/** Why a message cannot be put into frames, if so. */
function unsendable(message: OutgoingMessage, { connection: { frameMax } }: RawConfirmChannel): string | undefined {
  const bytes = headerFrameBytes(message);
  // Nearly all messages have short lists, and nothing is decoded of them.
  if (bytes <= frameMax) return undefined;
  const headers = message.list.headers.length;
  const room = frameMax - (bytes - headers);
  const setting = `the broker's frame_max is ${frameMax}`;
  if (room <= 0) return `properties have ${bytes - headers} bytes (${setting})`;
  return `headers have ${headers} bytes (at most ${room} can be sent: ${setting})`;
}

function notSent(why: string, cause?: unknown): DeliveryError {
  return new DeliveryError('PUBLISH_UNCONFIRMED', `publish: ${why}`, { cause });
}

function verdict(fault: ConnectionFault | undefined): Error {
  if (fault === undefined) return new DeliveryError('PUBLISH_UNCONFIRMED', 'the publish connection went');
  return fault.waiting > 1 ? new AmongSeveral(fault.cause) : refusedOver(fault.cause);
}
