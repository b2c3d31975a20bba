import type { MessageMemory } from '../messages/message-memory.js';
import type { ReceivedMessage } from '../messages/received-message.js';
import {
  type Extent,
  FRAME,
  FRAME_END,
  FRAME_OVERHEAD,
  type Frame,
  METHOD,
  writeFrameHead,
  writeLongLong,
} from './frames.js';
import { type ConfirmFields, methodText, readConfirm, unexpectedConfirm } from './incoming-methods.js';
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

/** An answer to one delivery, or to all up to it. */
export interface Answer {
  readonly tag: number;
  readonly answer: keyof typeof ANSWER_METHODS;
  readonly multiple: boolean;
}

const NO_CONSUMER = 'delivered on a channel that does not consume';
/** Class, method, tag and flags. */
const ANSWER_BYTES = 13;

/** The method and flags of each answer, without `multiple` (https://www.rabbitmq.com/amqp-0-9-1-reference). */
const ANSWER_METHODS = {
  ack: { id: METHOD.basicAck, flags: 0 },
  nackRequeue: { id: METHOD.basicNack, flags: 2 },
  nackDrop: { id: METHOD.basicNack, flags: 0 },
  rejectRequeue: { id: METHOD.basicReject, flags: 1 },
  rejectDrop: { id: METHOD.basicReject, flags: 0 },
} as const;

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

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  get isOpen(): boolean {
    return this.state === 'open' && !this.link.isOver;
  }

  /** Handles messages, confirms and cancellations instead of amqplib. */
  attach(sink: ChannelSink): void {
    this.sink = sink;
    this.assembler = new MessageAssembler(this.link.memory, {
      delivered: (message) => take(message, sink.delivered, NO_CONSUMER),
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

  /** Sends answers in one write. @throws Error when the channel is closing or has gone */
  answer(answers: readonly Answer[]): void {
    const frames = Buffer.allocUnsafe(answers.length * (ANSWER_BYTES + FRAME_OVERHEAD));
    let at = 0;
    for (const { tag, answer, multiple } of answers) {
      const { id, flags } = ANSWER_METHODS[answer];
      at = writeFrameHead(frames, at, { type: FRAME.method, channel: this.number, size: ANSWER_BYTES });
      at = writeLongLong(frames, tag, frames.writeUInt32BE(id, at));
      frames[at++] = multiple ? flags | 1 : flags;
      frames[at++] = FRAME_END;
    }
    this.send(frames);
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

  /** Handles a method or header about messages. False: amqplib handles the frame. @throws RangeError */
  take(frame: Frame): boolean {
    if (frame.type === FRAME.header) {
      this.content()?.header(frame);
      return true;
    }
    const method = frame.chunk.readUInt32BE(frame.start);
    switch (method) {
      case METHOD.basicDeliver:
        this.content()?.deliver(frame);
        return true;
      case METHOD.basicReturn:
        this.content()?.return(frame);
        return true;
      case METHOD.basicAck:
      case METHOD.basicNack:
        this.confirm(frame, method === METHOD.basicNack);
        return true;
      case METHOD.basicCancel:
        this.cancel();
        return true;
      case METHOD.channelClose:
        return this.isClosedAgain();
      case METHOD.channelCloseOk:
        this.closed();
        return false;
      default:
        this.checkAnswer(method);
        return false;
    }
  }

  /**
   * Checks a method that amqplib would take as an answer.
   * @throws RangeError when it is none: amqplib would close the channel and wait for ever; AMQP closes the connection
   * (section 1.2 of the specification)
   */
  private checkAnswer(method: number): void {
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

  /** RabbitMQ 4.3.6 closes a channel twice when two messages of a cancelled consumer time out at once. */
  private isClosedAgain(): boolean {
    if (this.state === 'closed') return true;
    // While we close, the broker answers both closes.
    if (this.state === 'open') this.end('closed');
    return false;
  }

  /** Takes a message that arrived whole. @throws RangeError when another one is incomplete */
  message(message: ReceivedMessage): void {
    const assembler = this.content();
    if (assembler === undefined) return;
    assembler.checkIdle();
    message.hold();
    take(message, this.sink?.delivered, NO_CONSUMER);
  }

  body(piece: Buffer): void {
    this.content()?.body(piece);
  }

  private confirm(method: Extent, isRefused: boolean): void {
    if (this.state !== 'open') return;
    const confirm = readConfirm(method);
    if (this.sink?.confirmed === undefined) throw unexpectedConfirm(confirm.tag);
    this.sink.confirmed(confirm, isRefused);
  }

  private cancel(): void {
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

function take(message: ReceivedMessage, taker: ChannelSink['delivered'], what: string): void {
  if (taker !== undefined) return taker(message);
  message.release();
  throw new RangeError(`a message was ${what}`);
}
