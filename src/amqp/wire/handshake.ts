import { behindShortString } from '../messages/short-string.js';
import { type Extent, METHOD, METHOD_ID_BYTES } from './frames.js';

const VERSION_BYTES = 2;
const LENGTH_BYTES = 4;
const TUNE_BYTES = 8;

/** The limits of a connection. */
export interface Limits {
  readonly channelMax: number;
  /** Bytes of a whole frame. */
  readonly frameMax: number;
}

const NO_LIMITS: Limits = { channelMax: 0xffff, frameMax: 0xffff_ffff };

/** What the broker offered when the connection opened, and the limits that both sides agreed on. */
export class Handshake {
  /** A field table. */
  serverProperties: Buffer = Buffer.alloc(0);
  /** Undefined before the offer. */
  offeredFrameMax: number | undefined;
  limits: Limits = NO_LIMITS;

  /** @throws RangeError when the method is cut off */
  received(method: number, frame: Extent): void {
    if (method === METHOD.connectionStart) this.serverProperties = serverPropertiesOf(frame);
    if (method === METHOD.connectionTune) this.offeredFrameMax = readTune(frame).frameMax;
  }

  /** @param tuneOk the connection.tune-ok that amqplib sent @throws RangeError */
  agreed(tuneOk: Extent): void {
    const { channelMax, frameMax } = readTune(tuneOk);
    this.limits = { channelMax: channelMax || NO_LIMITS.channelMax, frameMax: frameMax || NO_LIMITS.frameMax };
  }
}

/** Reads a connection.tune; 0 is unlimited. @throws RangeError */
function readTune({ chunk, start, end }: Extent): Limits {
  const at = start + METHOD_ID_BYTES;
  if (at + TUNE_BYTES > end) throw new RangeError('a connection.tune is incomplete');
  return { channelMax: chunk.readUInt16BE(at), frameMax: chunk.readUInt32BE(at + 2) };
}

/** Reads a connection.close, in amqplib's words for a refused login. @throws RangeError */
export function readRefusedHandshake({ chunk, start, end }: Extent): Error {
  const textAt = start + METHOD_ID_BYTES + 2;
  const textEnd = behindShortString(chunk, textAt);
  if (!(textEnd <= end)) throw new RangeError('a close is incomplete');
  const code = chunk.readUInt16BE(textAt - 2);
  const text = chunk.toString('utf8', textAt + 1, textEnd);
  return new Error(`Handshake terminated by server: ${code} (connection.close) with message "${text}"`);
}

/** Returns the field table in connection.start; empty if unreadable. */
function serverPropertiesOf({ chunk, start, end }: Extent): Buffer {
  const lengthAt = start + METHOD_ID_BYTES + VERSION_BYTES;
  const tableAt = lengthAt + LENGTH_BYTES;
  if (tableAt > end) return Buffer.alloc(0);
  return Buffer.from(chunk.subarray(tableAt, Math.min(end, tableAt + chunk.readUInt32BE(lengthAt))));
}
