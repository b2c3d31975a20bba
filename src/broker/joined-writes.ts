import type { Channel, ConfirmChannel } from 'amqplib';
import { type Answer, AnswerFrames } from './answer-frames.js';
import { PublishFrames } from './publish-frames.js';

/**
 * Fewer writes to the socket: each costs about 5 microseconds, as much as everything else that happens to a message on the
 * main thread. amqplib makes one of each frame, and passes it through a stream of the channel first, which takes as long and
 * a turn of the loop besides: answers do without.
 */

/** The stream of a channel: what amqplib is still to write for it. */
interface ChannelBuffer {
  readonly readableLength: number;
  readonly writableLength: number;
  write(bytes: Buffer): boolean;
}

interface Connection {
  readonly frameMax: number;
  readonly stream: { write(bytes: Buffer): boolean };
  readonly channels: readonly { readonly buffer: ChannelBuffer }[];
  sentSinceLastCheck: boolean;
  sendMessage: (this: Connection, channel: number, method: unknown, fields: unknown, ...more: unknown[]) => boolean;
  sendMethod: (this: Connection, channel: number, method: unknown, fields: unknown) => boolean;
}

/** Writes what the channels have, frame by frame. */
const READ_INCOMING = '_readIncoming';

interface Mux {
  readonly out: { cork(): void; uncork(): void };
  [READ_INCOMING]: (this: Mux) => void;
}

/** The parts of amqplib that write. */
export interface WritingParts {
  readonly connection: Connection;
  readonly mux: Mux;
}

/** A confirm channel as amqplib itself uses it. */
export interface RawConfirmChannel extends ConfirmChannel {
  readonly connection: ConfirmChannel['connection'] & { readonly frameMax: number };
  /** Throws when the channel is closing, like every method of a channel. */
  sendMessage(frames: PublishFrames, properties: object, content: Buffer): boolean;
  /** Called back with the answer to the next message. */
  pushConfirmCallback(answered: (error: Error | null) => void): void;
}

/** A channel as amqplib itself uses it. */
interface RawChannel extends Channel {
  /** Throws when the channel is closing, like every method of a channel. */
  sendImmediately(method: undefined, frames: AnswerFrames): boolean;
}

/** Changes the prototypes. */
export function joinWrites({ connection, mux }: WritingParts): void {
  const { sendMessage, sendMethod } = connection;
  // In this place, and not straight to the buffer: amqplib replaces it by one that throws when a connection is closing.
  connection.sendMessage = function sendFrames(channel, method, fields, ...more) {
    if (!(fields instanceof PublishFrames)) return sendMessage.call(this, channel, method, fields, ...more);
    this.sentSinceLastCheck = true;
    return this.channels[channel]?.buffer.write(fields.encode({ channel, frameMax: this.frameMax })) ?? false;
  };
  connection.sendMethod = function writeAnswers(channel, method, fields) {
    if (!(fields instanceof AnswerFrames)) return sendMethod.call(this, channel, method, fields);
    const { stream, channels } = this;
    const buffer = channels[channel]?.buffer;
    this.sentSinceLastCheck = true;
    if (buffer === undefined) return false;
    // Nothing is overtaken: a basic.cancel that is still in there goes first.
    const isEmpty = buffer.readableLength + buffer.writableLength === 0;
    return (isEmpty ? stream : buffer).write(fields.encode(channel));
  };
  const readIncoming = mux[READ_INCOMING];
  mux[READ_INCOMING] = function readIncomingCorked() {
    this.out.cork();
    try {
      readIncoming.call(this);
    } finally {
      this.out.uncork();
    }
  };
}

/** Sends answers on their channel. @throws when it is closing */
export function sendAnswers(channel: Channel, answers: readonly Answer[]): void {
  if (!isRawChannel(channel)) throw new TypeError('a channel of amqplib has no sendImmediately');
  channel.sendImmediately(undefined, new AnswerFrames(answers));
}

function isRawChannel(channel: Channel): channel is RawChannel {
  return 'sendImmediately' in channel;
}

/** True for every confirm channel of the pinned amqplib. */
export function isRaw(channel: ConfirmChannel): channel is RawConfirmChannel {
  return 'sendMessage' in channel && 'pushConfirmCallback' in channel && 'frameMax' in channel.connection;
}
