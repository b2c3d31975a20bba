import type { MessageMemory } from '../messages/message-memory.js';
import type { ReceivedMessage } from '../messages/received-message.js';
import type { Extent } from './frames.js';
import { type ConfirmFields, readConfirm } from './incoming-methods.js';
import { MessageAssembler } from './message-assembler.js';

/** Handles the messages, confirms and cancellation of a channel; if it throws, the connection ends. */
export interface ChannelSink {
  /** Takes over the message with one hold on its segment. */
  readonly delivered?: (message: ReceivedMessage) => void;
  /** No queue took the message. */
  readonly returned?: (message: ReceivedMessage) => void;
  readonly confirmed?: (confirm: ConfirmFields, isRefused: boolean) => void;
  /** May be called again. */
  readonly cancelled?: () => void;
}

export interface ChannelLink {
  readonly memory: MessageMemory;
  readonly frameMax: number;
  readonly isOver: boolean;
  write(frames: Buffer): boolean;
}

/**
 * One channel on the wire.
 *
 *     open ── channel.close sent ──▶ closing ── answered ──▶ closed
 *       └──── channel.close received ──▶ closed
 *
 * From `closing` on it takes and sends nothing: the broker delivers until it has read the close.
 */
export class WireChannel {
  readonly number: number;
  private readonly link: ChannelLink;
  private state: 'open' | 'closing' | 'closed' = 'open';
  private sink: ChannelSink | undefined;
  private assembler: MessageAssembler | undefined;
  /** amqplib's pending method; it asks one at a time. */
  private asked: number | undefined;
  private held: Buffer[] | undefined;

  constructor(number: number, link: ChannelLink) {
    this.number = number;
    this.link = link;
  }

  get frameMax(): number {
    return this.link.frameMax;
  }

  get isOpen(): boolean {
    return this.state === 'open' && !this.link.isOver;
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Handles messages, confirms and cancellations instead of amqplib. */
  attach(sink: ChannelSink): void {
    this.sink = sink;
    this.assembler = new MessageAssembler(this.link.memory, {
      delivered: (message) => take(message, sink.delivered, 'delivered on a channel that does not consume'),
      returned: (message) => take(message, sink.returned, 'returned on a channel that does not publish'),
    });
  }

  /** @throws Error when the channel is closing or has gone */
  send(frames: Buffer): void {
    if (!this.isOpen)
      throw new Error(this.state === 'open' ? 'the connection is closed' : `the channel is ${this.state}`);
    if (this.held === undefined) this.link.write(frames);
    else this.held.push(frames);
  }

  /**
   * Holds frames back until amqplib writes basic.cancel, or until `release`: the broker would redeliver to us a message
   * released before the cancel.
   */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const { held } = this;
    this.held = undefined;
    if (held === undefined || !this.isOpen) return;
    for (const frames of held) this.link.write(frames);
  }

  ask(method: number): void {
    this.asked = method;
  }

  /**
   * Checks a method that amqplib would take as an answer.
   * @throws RangeError when it is none: amqplib would close the channel and wait for ever; AMQP closes the connection
   * (section 1.2 of the specification)
   */
  checkAnswer(method: number): void {
    const { asked } = this;
    this.asked = undefined;
    // For each method that we send, the answer's number is the next one.
    if (this.state !== 'open' || (asked !== undefined && method === asked + 1)) return;
    const due = asked === undefined ? 'no reply was expected' : `${methodText(asked + 1)} was expected`;
    throw new RangeError(`method ${methodText(method)} arrived on channel ${this.number}, but ${due}`);
  }

  closing(): void {
    if (this.state === 'open') this.end('closing');
  }

  closed(): void {
    if (this.state !== 'closed') this.end('closed');
  }

  closedByBroker(): void {
    // While we close, the broker answers both closes.
    if (this.state === 'open') this.end('closed');
  }

  message(message: ReceivedMessage): void {
    this.content()?.whole(message);
  }

  deliver(method: Extent): void {
    this.content()?.deliver(method);
  }

  return(method: Extent): void {
    this.content()?.return(method);
  }

  header(header: Extent): void {
    this.content()?.header(header);
  }

  body(piece: Buffer): void {
    this.content()?.body(piece);
  }

  confirm(method: Extent, isRefused: boolean): void {
    if (this.state !== 'open') return;
    const confirm = readConfirm(method);
    if (this.sink?.confirmed === undefined) throw unexpectedConfirm(confirm.tag);
    this.sink.confirmed(confirm, isRefused);
  }

  cancel(): void {
    if (this.state !== 'open') return;
    if (this.sink?.cancelled === undefined)
      throw new RangeError('a consumer was cancelled on a channel that does not consume');
    this.sink.cancelled();
  }

  /** @throws RangeError when nobody expects a message */
  private content(): MessageAssembler | undefined {
    if (this.state !== 'open') return undefined;
    if (this.assembler === undefined)
      throw new RangeError('a message arrived on a channel that neither consumes nor publishes');
    return this.assembler;
  }

  private end(state: 'closing' | 'closed'): void {
    this.state = state;
    this.assembler?.close();
    this.held = undefined;
  }
}

/** `50.11` for queue.declare-ok. */
function methodText(method: number): string {
  return `${method >> 16}.${method & 0xffff}`;
}

/** Returns the error for a confirm that no publish awaits. */
export function unexpectedConfirm(tag: number): RangeError {
  return new RangeError(`tag ${tag} was confirmed, but no publish with that tag is unconfirmed`);
}

function take(message: ReceivedMessage, taker: ChannelSink['delivered'], what: string): void {
  if (taker !== undefined) return taker(message);
  message.release();
  throw new RangeError(`a message was ${what}`);
}
