import { createRequire } from 'node:module';
import type { OnReadOpts, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { Duplex } from 'node:stream';
import type * as Amqplib from 'amqplib';
import type { Channel, ChannelModel } from 'amqplib';
import { type MessageMemory, ReceivedMessage } from '../amqp/index.js';
import { asError, messageOf } from '../errors/index.js';
import { type ConfirmWindow, checkConfirm, type DecodedFrame } from './frame-check.js';
import { FrameReader, type PlainFrame } from './frame-reader.js';
import { joinWrites, type WritingParts } from './joined-writes.js';
import { Landing } from './landing.js';

/**
 * amqplib, with five changes.
 *
 * Its frames are read by a reader of our own (frame-reader.ts): what it takes for a message is most of what the main thread
 * does, and deliveries cross to the worker as the broker's own bytes.
 *
 * Header tables are left in the broker's encoding: amqplib decodes 64-bit integers into doubles and offers no other way, so
 * the two functions that its frame codec takes from `lib/codec` are replaced before the codec is loaded: tables that arrive
 * stay bytes (`RawTable`), and a `RawTable` that is sent is copied as it is.
 *
 * What it writes is joined (joined-writes.ts).
 *
 * What a broker must not say ends the connection and nothing else: amqplib leaves some of it to harm the process.
 *
 * A broker that refuses the virtual host, or has reached a limit, is quoted: amqplib drops what it said.
 *
 * The version is pinned; tests send a table through the real broker, and garbage from a fake one.
 */

/** A field table in AMQP encoding, without its length prefix. */
export class RawTable {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

interface Codec {
  decodeFields: (slice: Buffer) => unknown;
  encodeTable: (buffer: Buffer, table: object, offset: number) => number;
}

interface FrameCodec {
  readonly decodeFrame: (frame: PlainFrame) => DecodedFrame;
}

interface ConnectionPrototype {
  readonly stream: object;
  readonly maxFrameSize: number;
  /** By number; null for one that is closed. */
  readonly channels: readonly (object | null | undefined)[];
  recvSinceLastCheck: boolean;
  /** Agreed on at the end of the handshake. */
  readonly channelMax?: number;
  recvFrame: (this: ConnectionPrototype) => DecodedFrame | false;
  acceptLoop: (this: ConnectionPrototype) => void;
  toClosed: (this: ConnectionPrototype, ...cause: unknown[]) => void;
}

interface ChannelPrototype extends ConfirmWindow {
  readonly connection: { emit(event: 'frameError', error: Error): boolean };
  closeWithError: (this: ChannelPrototype, id: unknown, reason: unknown, code: number, error: Error) => void;
  handleConfirm: (this: ChannelPrototype, handle: unknown, fields: { readonly deliveryTag: number }) => void;
  acceptMessageFrame: (this: ChannelPrototype, frame: DecodedFrame) => void;
}

const LENGTH_PREFIX = 4;
const CONNECTION_TUNE = (10 << 16) + 30;

const load = createRequire(import.meta.url);
const entry = load.resolve('amqplib');
const inner = (name: string): string => join(dirname(entry), 'lib', name);

// First of all: the codec is taken apart by every file that is loaded after it.
const codec: Codec = load(inner('codec.js'));
const encodePlainTable = codec.encodeTable;

codec.decodeFields = (slice) => new RawTable(slice);
codec.encodeTable = (buffer, table, offset) => {
  // amqplib hangs its own headers onto ours as a prototype: an inherited RawTable is one too.
  if (!(table instanceof RawTable)) return encodePlainTable(buffer, table, offset);
  const { bytes } = table;
  if (offset + LENGTH_PREFIX + bytes.length > buffer.length) {
    throw new RangeError(`headers have ${bytes.length} bytes (at most ${buffer.length - LENGTH_PREFIX} can be sent)`);
  }
  buffer.writeUInt32BE(bytes.length, offset);
  buffer.set(bytes, offset + LENGTH_PREFIX);
  return LENGTH_PREFIX + bytes.length;
};

const { decodeFrame }: FrameCodec = load(inner('frame.js'));
const {
  ConnectionClose: CONNECTION_CLOSE,
  ChannelClose: CHANNEL_CLOSE,
}: { readonly ConnectionClose: number; readonly ChannelClose: number } = load(inner('defs.js'));
const { closeMessage }: { readonly closeMessage: (frame: DecodedFrame) => string } = load(inner('format.js'));

const connections: {
  readonly Connection: { readonly prototype: ConnectionPrototype & WritingParts['connection'] };
} = load(inner('connection.js'));
const { Mux }: { readonly Mux: { readonly prototype: WritingParts['mux'] } } = load(inner('mux.js'));
const { prototype: connection } = connections.Connection;
const { acceptLoop, toClosed } = connection;
joinWrites({ connection, mux: Mux.prototype });
/** By socket, from its first bytes on. */
const readers = new WeakMap<object, FrameReader>();
connection.recvFrame = function readFrame() {
  // A sign of life for amqplib's heart: it is asked when bytes have come, be they a whole frame or not.
  this.recvSinceLastCheck = true;
  const reader = readers.get(this.stream);
  for (;;) {
    const frame = reader?.next(this.maxFrameSize) ?? false;
    if (frame === false) return false;
    if (frame.id === CONNECTION_CLOSE && this.channelMax === undefined) throw closedInHandshake(frame);
    // RabbitMQ 4.3.6 closes a channel twice when two of its messages run out of time at once and the consumer is gone.
    if (frame.id !== CHANNEL_CLOSE || this.channels[frame.channel ?? 0] !== null) return frame;
  }
};
// Its accept throws from then on, and what still came would pile up frame by frame.
connection.toClosed = function toClosedForGood(...cause) {
  readers.get(this.stream)?.close();
  toClosed.apply(this, cause);
};
// What lies behind open-ok in the same chunk was handled before anybody could listen for its error: that ended the process.
connection.acceptLoop = function acceptLoopLater() {
  setImmediate(() => acceptLoop.call(this));
};

const channels: { readonly Channel: { readonly prototype: ChannelPrototype } } = load(inner('channel.js'));
const { prototype: channel } = channels.Channel;
const { handleConfirm, acceptMessageFrame } = channel;
// Every code that amqplib closes a channel with is one that AMQP closes the connection for (section 1.2 of the
// specification). A broker that never answers the close would leave the channel, and its consumer, waiting for ever.
channel.closeWithError = function closeConnection(_id, _reason, code, error) {
  this.connection.emit('frameError', Object.assign(error, { code }));
};
channel.handleConfirm = function handleExpectedConfirm(handle, fields) {
  checkConfirm(this, fields.deliveryTag);
  handleConfirm.call(this, handle, fields);
};

// Of a channel that consumes nothing: what comes there was returned, and amqplib keeps the pieces.
channel.acceptMessageFrame = function acceptReturned(frame) {
  const { content, fields } = frame;
  if (fields instanceof ReceivedMessage) throw new RangeError('a message was delivered where nothing is consumed');
  acceptMessageFrame.call(this, content === undefined ? frame : { ...frame, content: Buffer.from(content) });
};

/** The words of amqplib for a refused log-in, which are all that it says of a refused virtual host. */
function closedInHandshake(frame: DecodedFrame): Error {
  return new Error(`Handshake terminated by server: ${closeMessage(frame)}`);
}

/**
 * Options of a socket whose bytes are to land in the message memory. Node.js reads into what `buffer` gives, and its streams
 * have no part in it: amqplib only hears that there is something to read.
 * @param onTune told the largest frame that the broker offers, which amqplib keeps for itself
 */
export function landingOptions(
  memory: MessageMemory,
  onTune: (frameMax: number) => void,
): { readonly onread: OnReadOpts } {
  const landing = new Landing(memory);
  const decodePlain = (frame: PlainFrame): DecodedFrame => {
    const decoded = decodeFrame(frame);
    if (decoded.id === CONNECTION_TUNE) onTune(frameMaxIn(decoded));
    return decoded;
  };
  const reader = new FrameReader({ landing, decodePlain });
  const onRead = function onRead(this: Socket, bytes: number): boolean {
    if (!readers.has(this)) {
      readers.set(this, reader);
      this.once('close', () => landing.close());
    }
    try {
      if (!reader.landed(bytes)) return false;
      // Whoever listens or not: false would end the reading for good.
      this.emit('readable');
      return true;
    } catch (error) {
      this.destroy(asError(error));
      return false;
    }
  };
  return { onread: { buffer: () => landing.space(), callback: onRead } };
}

function frameMaxIn({ fields = {} }: DecodedFrame): number {
  return 'frameMax' in fields ? Number(fields.frameMax) : Number.NaN;
}

/** Ends a connection that the broker holds and does not serve, without asking it. */
export function breakConnection(model: ChannelModel, cause: Error): void {
  const stream = 'stream' in model.connection ? model.connection.stream : undefined;
  if (!(stream instanceof Duplex)) throw new TypeError('a connection of amqplib has no stream');
  stream.destroy(cause);
}

/** How many channels were agreed on for a connection. */
export function channelLimit({ connection: opened }: ChannelModel): number {
  if (!('channelMax' in opened) || typeof opened.channelMax !== 'number') {
    throw new TypeError('a connection of amqplib has no channelMax');
  }
  return opened.channelMax;
}

/** True for the error of a connection whose channels are all in use. */
export function isOutOfChannels(error: unknown): boolean {
  return messageOf(error) === 'No channels left to allocate';
}

/** Takes the frames of messages from amqplib: what is delivered on this channel is put together elsewhere. */
export function interceptMessages(model: object, accept: (frame: DecodedFrame) => void): void {
  if (!('acceptMessageFrame' in model)) throw new TypeError('a channel of amqplib has no acceptMessageFrame');
  model.acceptMessageFrame = accept;
}

/**
 * Takes `basic.cancel` of the broker from amqplib, which throws at a second one for the same consumer and so would end the
 * connection: RabbitMQ 4.3.6 sends one for each group of messages that ran out of time.
 */
export function interceptCancels(model: Channel, onCancel: () => void): void {
  model.removeAllListeners('cancel');
  model.on('cancel', onCancel);
}

/** The library itself; import it from nowhere else, or headers would be decoded after all. */
export const amqplib: typeof Amqplib = load(entry);
