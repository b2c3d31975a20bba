import { type OutgoingMessage } from '../../amqp/index.js';
import { encodePublishes, headerFrameBytes, type WireChannel } from '../../amqp/wire/index.js';
import { DeliveryError, messageOf } from '../../errors/index.js';
import { refusedOver } from './publish-refusal.js';
import { type PublishDone, type PublishEntry, Unconfirmed } from './unconfirmed.js';

/** A full queue refuses many messages. */
const CHANGE_EVERY_MS = 1_000;

interface ChannelLife {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  close(): Promise<void>;
}

/** A confirm channel of amqplib, and the same channel on the wire. */
export interface PublishLine {
  readonly channel: ChannelLife;
  readonly wire: Pick<WireChannel, 'number' | 'frameMax' | 'attach' | 'send'>;
}

interface Generation extends PublishLine {
  readonly unconfirmed: Unconfirmed;
  /** Sent in one write at the end of this turn. */
  unsent: PublishEntry[];
}

/** The broker closed the channel or connection over one of several messages; each may be published again. */
export class AmongSeveral extends Error {
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/** The broker ended the connection over an unconfirmed message, on any channel. */
export interface ConnectionFault {
  readonly cause: Error;
  readonly waiting: number;
}

export interface PublishChannelOptions {
  readonly openChannel: () => Promise<PublishLine>;
  /** Undefined if none of our messages ended it. */
  readonly connectionFault: () => ConnectionFault | undefined;
}

/**
 * A confirm channel, opened on demand.
 *
 *     closed ── open ──▶ open ── closed by the broker, or lost with its connection ──▶ closed
 *     open ── a message was refused ──▶ closed; the old channel stays until all its messages are answered
 */
export class PublishChannel {
  private readonly options: PublishChannelOptions;
  private current: Generation | undefined;
  private opening: Promise<PublishLine> | undefined;
  private changedAt = Number.NEGATIVE_INFINITY;
  private unanswered = 0;
  private whenIdle: (() => void)[] = [];

  constructor(options: PublishChannelOptions) {
    this.options = options;
  }

  /** Includes those on replaced channels. */
  get waiting(): number {
    return this.unanswered;
  }

  async idle(): Promise<void> {
    if (this.unanswered > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  get isOpen(): boolean {
    return this.current !== undefined;
  }

  async open(): Promise<void> {
    if (this.current !== undefined) return;
    this.opening ??= this.options.openChannel().finally(() => {
      this.opening = undefined;
    });
    const line = await this.opening;
    if (this.isCurrent(line)) return;
    const generation = { ...line, unconfirmed: new Unconfirmed(), unsent: [] };
    this.watch(generation);
    this.current = generation;
  }

  /**
   * Resolves when the broker has confirmed.
   * @throws AmongSeveral; DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`,
   * `PUBLISH_INVALID`
   */
  async send(message: OutgoingMessage): Promise<void> {
    while (this.current === undefined) await this.open();
    await new Promise<void>((resolve, reject) => {
      this.write(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** `send` without a promise, for an open channel. */
  write(message: OutgoingMessage, done: PublishDone): void {
    const generation = this.current;
    if (generation === undefined) return done(notSent('the publish channel is closed'));
    const problem = unsendable(message, generation.wire);
    if (problem !== undefined) return done(new DeliveryError('PUBLISH_INVALID', `publish: ${problem}`));
    const entry = { message, done, returned: false };
    this.unanswered++;
    generation.unsent.push(entry);
    if (generation.unsent.length === 1) setImmediate(() => this.flush(generation));
  }

  private flush(generation: Generation): void {
    const { wire, unconfirmed, unsent } = generation;
    generation.unsent = [];
    if (unsent.length === 0) return;
    const messages = unsent.map(({ message }) => message);
    try {
      wire.send(encodePublishes(wire, messages));
    } catch (error) {
      // amqplib emits no event for a channel that the broker closes in the chunk that opened it.
      if (this.isCurrent(generation)) this.current = undefined;
      this.answered(unsent.length);
      for (const { done } of unsent) done(notSent(messageOf(error), error));
      return;
    }
    for (const entry of unsent) unconfirmed.sent(entry);
  }

  private isCurrent({ channel }: PublishLine): boolean {
    return this.current?.channel === channel;
  }

  private watch(generation: Generation): void {
    const { channel, wire, unconfirmed } = generation;
    let cause: Error | undefined;
    wire.attach({
      returned: (message) => {
        try {
          unconfirmed.noteReturned(message);
        } finally {
          message.release();
        }
      },
      confirmed: (confirm, isRefused) => {
        for (const entry of unconfirmed.confirmed(confirm)) this.confirmed(generation, entry, isRefused);
        const isLast = unconfirmed.size + generation.unsent.length === 0;
        if (isLast && !this.isCurrent(generation)) channel.close().catch(() => undefined);
      },
    });
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('close', () => {
      if (this.isCurrent(generation)) this.current = undefined;
      const lost = [...unconfirmed.takeAll(), ...generation.unsent];
      generation.unsent = [];
      this.answered(lost.length);
      const fault = cause === undefined ? this.options.connectionFault() : { cause, waiting: lost.length };
      for (const { done } of lost) done(lossOf(fault));
    });
  }

  private answered(count: number): void {
    this.unanswered -= count;
    if (this.unanswered > 0) return;
    for (const tell of this.whenIdle.splice(0)) tell();
  }

  private confirmed(generation: Generation, entry: PublishEntry, isRefused: boolean): void {
    this.answered(1);
    const { message, done, returned: isReturned } = entry;
    if (isRefused) {
      done(new DeliveryError('PUBLISH_REFUSED', 'the broker refused the message: message nacked'));
      this.change(generation);
    } else if (isReturned) {
      const { exchange, routingKey } = message.route;
      const where = `exchange "${exchange}" with routing key "${routingKey}"`;
      done(new DeliveryError('PUBLISH_UNROUTABLE', `no queue received the message sent to ${where}`));
    } else {
      done();
    }
  }

  /**
   * A channel that outlived the leader of a quorum queue can refuse every message to that queue; a new one is served at
   * once (seen with RabbitMQ 3.10).
   */
  private change(line: PublishLine): void {
    const now = performance.now();
    if (!this.isCurrent(line) || now - this.changedAt < CHANGE_EVERY_MS) return;
    this.changedAt = now;
    this.current = undefined;
  }
}

function unsendable(message: OutgoingMessage, { frameMax }: PublishLine['wire']): string | undefined {
  const bytes = headerFrameBytes(message);
  // Fast path for nearly every message.
  if (bytes <= frameMax) return undefined;
  const headers = message.list.headers.length;
  // The other properties are short strings, and fit into AMQP's smallest frame.
  const room = frameMax - (bytes - headers);
  return `headers have ${headers} bytes (at most ${room} can be sent: the broker's frame_max is ${frameMax})`;
}

function notSent(why: string, cause?: unknown): DeliveryError {
  return new DeliveryError('PUBLISH_UNCONFIRMED', `publish: ${why}`, { cause });
}

function lossOf(fault: ConnectionFault | undefined): Error {
  if (fault === undefined) return new DeliveryError('PUBLISH_UNCONFIRMED', 'the publish connection was lost');
  return fault.waiting > 1 ? new AmongSeveral(fault.cause) : refusedOver(fault.cause);
}
