import type { MessageMemory } from '../messages/message-memory.js';
import type { ReceivedMessage } from '../messages/received-message.js';
import type { Extent } from './frames.js';
import { type ConfirmFields, readConfirm } from './incoming-methods.js';
import { MessageAssembler } from './message-assembler.js';

/** Handles the messages, confirms and cancellation of a channel. A handler that throws ends the connection. */
export interface ChannelSink {
  /** Is handed the message, and a hold on its segment with it. */
  readonly delivered?: (message: ReceivedMessage) => void;
  /** The same, for a message that no queue took. */
  readonly returned?: (message: ReceivedMessage) => void;
  readonly confirmed?: (confirm: ConfirmFields, isRefused: boolean) => void;
  /** The broker sent basic.cancel, perhaps not for the first time. */
  readonly cancelled?: () => void;
}

/** The connection, for its channels. */
export interface ChannelLink {
  readonly memory: MessageMemory;
  /** Bytes of a whole frame, as agreed with the broker. */
  readonly frameMax: number;
  readonly isOver: boolean;
  write(frames: Buffer): boolean;
}

/**
 * One channel on the wire: takes what concerns its messages, and sends what we write.
 *
 *     open ── channel.close sent ──▶ closing ── answered ──▶ closed
 *       └──── channel.close received ──▶ closed
 *
 * Nothing is taken or sent from `closing` on: the broker goes on delivering until it has read the close.
 */
export class WireChannel {
  readonly number: number;
  private readonly link: ChannelLink;
  private state: 'open' | 'closing' | 'closed' = 'open';
  private sink: ChannelSink | undefined;
  private assembler: MessageAssembler | undefined;
  /** The method that amqplib waits for an answer to; it asks one at a time. */
  private asked: number | undefined;
  /** What waits for a basic.cancel to go out. */
  private held: Buffer[] | undefined;

  constructor(number: number, link: ChannelLink) {
    this.number = number;
    this.link = link;
  }

  get frameMax(): number {
    return this.link.frameMax;
  }

  /** True while something can be sent. */
  get isOpen(): boolean {
    return this.state === 'open' && !this.link.isOver;
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Gives what comes on this channel to the sink instead of amqplib. */
  attach(sink: ChannelSink): void {
    this.sink = sink;
    this.assembler = new MessageAssembler(this.link.memory, {
      delivered: (message) => take(message, sink.delivered, 'delivered on a channel that does not consume'),
      returned: (message) => take(message, sink.returned, 'returned on a channel that does not publish'),
    });
  }

  /** Sends whole frames of this channel. @throws Error when it is closing, or has gone */
  send(frames: Buffer): void {
    if (!this.isOpen)
      throw new Error(this.state === 'open' ? 'the connection is closed' : `the channel is ${this.state}`);
    if (this.held === undefined) this.link.write(frames);
    else this.held.push(frames);
  }

  /**
   * What is sent from now on goes behind the basic.cancel that amqplib is about to write, or out with `release`. A message
   * that is given back before the broker has read the cancel comes straight back.
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

  /** amqplib asks something. */
  ask(method: number): void {
    this.asked = method;
  }

  /**
   * amqplib is about to be answered.
   * @throws RangeError when this is no answer to what it asked: it would close the channel, and wait for ever for a broker that
   * does not answer that either. AMQP closes the connection (section 1.2 of the specification).
   */
  checkAnswer(method: number): void {
    const { asked } = this;
    this.asked = undefined;
    // Of all that we ask, the number of the answer is the next one.
    if (this.state !== 'open' || (asked !== undefined && method === asked + 1)) return;
    const due = asked === undefined ? 'no reply was expected' : `${methodText(asked + 1)} was expected`;
    throw new RangeError(`method ${methodText(method)} arrived on channel ${this.number}, but ${due}`);
  }

  /** We close it. */
  closing(): void {
    if (this.state === 'open') this.end('closing');
  }

  /** Closed by the broker, or with the connection. */
  closed(): void {
    if (this.state !== 'closed') this.end('closed');
  }

  /** The broker closes it. */
  closedByBroker(): void {
    // With ours on its way the broker answers that as well: closed is what comes then.
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

  /** Undefined when nothing is taken any more. @throws RangeError when nobody expects a message here */
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

/** For a confirm of something that was not published, or has been confirmed. */
export function unexpectedConfirm(tag: number): RangeError {
  return new RangeError(`tag ${tag} was confirmed, but no publish with that tag is unconfirmed`);
}

function take(message: ReceivedMessage, taker: ChannelSink['delivered'], what: string): void {
  if (taker !== undefined) return taker(message);
  message.release();
  throw new RangeError(`a message was ${what}`);
}
