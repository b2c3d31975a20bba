/** The frames of AMQP 0-9-1 (https://www.rabbitmq.com/amqp-0-9-1-reference): type, channel, size, payload, end. */

export const FRAME = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;
export const FRAME_END = 0xce;
/** Type, channel and size. */
export const HEAD_BYTES = 7;
/** A frame without its payload. */
export const FRAME_OVERHEAD = HEAD_BYTES + 1;
export const HEARTBEAT: Buffer = Buffer.of(FRAME.heartbeat, 0, 0, 0, 0, 0, 0, FRAME_END);

export const BASIC_CLASS = 60;

/** Class and method ids. */
export const METHOD = {
  connectionStart: idOf(10, 10),
  connectionTune: idOf(10, 30),
  connectionTuneOk: idOf(10, 31),
  connectionOpenOk: idOf(10, 41),
  connectionClose: idOf(10, 50),
  channelOpen: idOf(20, 10),
  channelClose: idOf(20, 40),
  channelCloseOk: idOf(20, 41),
  basicCancel: idOf(BASIC_CLASS, 30),
  basicPublish: idOf(BASIC_CLASS, 40),
  basicReturn: idOf(BASIC_CLASS, 50),
  basicDeliver: idOf(BASIC_CLASS, 60),
  basicAck: idOf(BASIC_CLASS, 80),
  basicReject: idOf(BASIC_CLASS, 90),
  basicNack: idOf(BASIC_CLASS, 120),
} as const;
export const METHOD_ID_BYTES = 4;

/** A payload's place in a chunk. */
export interface Extent {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A whole frame, by its payload. */
export interface Frame extends Extent {
  readonly type: number;
  readonly channel: number;
}

const ABOUT_MESSAGES: ReadonlySet<number> = new Set([
  METHOD.basicDeliver,
  METHOD.basicReturn,
  METHOD.basicAck,
  METHOD.basicNack,
  METHOD.basicCancel,
]);

/** True for a frame that only an open channel may get. */
export function isForOpenChannel({ type, channel, chunk, start }: Frame): boolean {
  if (type === FRAME.header) return true;
  const method = chunk.readUInt32BE(start);
  // Either side may close a channel while the other closes it.
  if (channel > 0) return method !== METHOD.channelClose && method !== METHOD.channelCloseOk;
  return ABOUT_MESSAGES.has(method);
}

export const LONG_LONG_BYTES = 8;
const WORD = 2 ** 32;

/** Reads 64 bits; exact up to `Number.MAX_SAFE_INTEGER`. */
export function readLongLong(chunk: Buffer, at: number): number {
  return chunk.readUInt32BE(at) * WORD + chunk.readUInt32BE(at + 4);
}

/** Writes 64 bits. @param value up to `Number.MAX_SAFE_INTEGER` */
export function writeLongLong(chunk: Buffer, value: number, at: number): number {
  return chunk.writeUInt32BE(value % WORD, chunk.writeUInt32BE(Math.floor(value / WORD), at));
}

/** Writes type, channel and size; returns the payload's offset. */
export function writeFrameHead(
  chunk: Buffer,
  at: number,
  { type, channel, size }: { readonly type: number; readonly channel: number; readonly size: number },
): number {
  chunk[at] = type;
  return chunk.writeUInt32BE(size, chunk.writeUInt16BE(channel, at + 1));
}

function idOf(classId: number, methodId: number): number {
  return (classId << 16) + methodId;
}
