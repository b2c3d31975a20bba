import { behindShortString } from '../messages/short-string.js';
import { type Extent, LONG_LONG_BYTES, METHOD_ID_BYTES, readLongLong } from './frames.js';

/**
 * What frames of the broker say, as far as it matters here. A message stays bytes: amqplib would decode three texts and up
 * to fourteen properties of each on the main thread, and the worker decodes what a consumer looks at.
 */

/** RabbitMQ takes no larger message, whatever its `max_message_size` (https://www.rabbitmq.com/docs/limits). */
const MAX_BODY_BYTES = 512 * 1024 * 1024;
const CONFIRM_BYTES = METHOD_ID_BYTES + LONG_LONG_BYTES + 1;
const MULTIPLE = 1;
const VERSION_BYTES = 2;
const LENGTH_BYTES = 4;

/** What a basic.deliver says that matters: a channel has one consumer, so its tag does not. */
export interface DeliverFields {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Where exchange and routing key begin, as the short strings that they came as; they end with the payload. */
  readonly routeAt: number;
}

/** Reads a basic.deliver. @throws RangeError when it is cut off, or has a tag that cannot be answered */
export function readDeliver({ chunk, start, end }: Extent): DeliverFields {
  const tagAt = behindShortString(chunk, start + METHOD_ID_BYTES);
  const flagsAt = tagAt + LONG_LONG_BYTES;
  const routeAt = flagsAt + 1;
  if (behindShortString(chunk, behindShortString(chunk, routeAt)) !== end)
    throw new RangeError('a basic.deliver is incomplete');
  const deliveryTag = readLongLong(chunk, tagAt);
  // A tag that a number cannot hold would come back as another one in the answer.
  if (!Number.isSafeInteger(deliveryTag) || deliveryTag === 0) {
    throw new RangeError(`a message was delivered with the invalid tag ${deliveryTag}`);
  }
  return { deliveryTag, redelivered: ((chunk[flagsAt] ?? 0) & 1) === 1, routeAt };
}

/** Where the route begins in a basic.return; it ends with the payload. @throws RangeError when it is cut off */
export function routeOfReturn({ chunk, start, end }: Extent): number {
  const routeAt = behindShortString(chunk, start + METHOD_ID_BYTES + 2);
  if (behindShortString(chunk, behindShortString(chunk, routeAt)) !== end)
    throw new RangeError('a basic.return is incomplete');
  return routeAt;
}

/** What a content header says: the size of the body that follows, and where the property list begins, which ends with it. */
export interface HeaderFields {
  readonly size: number;
  readonly propertiesAt: number;
}

/** Reads a content header. @throws RangeError when it is cut off, or announces what no memory could hold */
export function readContentHeader({ chunk, start, end }: Extent): HeaderFields {
  const sizeAt = start + METHOD_ID_BYTES;
  const propertiesAt = sizeAt + LONG_LONG_BYTES;
  if (propertiesAt + 2 > end) throw new RangeError('a content header is incomplete');
  const size = readLongLong(chunk, sizeAt);
  if (size > MAX_BODY_BYTES) {
    throw new RangeError(`a message of ${size} bytes was announced (the maximum is ${MAX_BODY_BYTES})`);
  }
  return { size, propertiesAt };
}

/** The broker's answer to a publish, or to all up to it. */
export interface ConfirmFields {
  readonly tag: number;
  readonly multiple: boolean;
}

/** Reads a basic.ack or basic.nack. @throws RangeError when it has another length */
export function readConfirm({ chunk, start, end }: Extent): ConfirmFields {
  if (end - start !== CONFIRM_BYTES) throw new RangeError('a confirm is incomplete');
  const tagAt = start + METHOD_ID_BYTES;
  return {
    tag: readLongLong(chunk, tagAt),
    multiple: ((chunk[tagAt + LONG_LONG_BYTES] ?? 0) & MULTIPLE) === MULTIPLE,
  };
}

/** Why a connection or a channel is closed. */
export interface CloseFields {
  readonly code: number;
  readonly text: string;
}

/** Reads a connection.close or channel.close. @throws RangeError when it is cut off */
export function readClose({ chunk, start, end }: Extent): CloseFields {
  const textAt = start + METHOD_ID_BYTES + 2;
  const textEnd = behindShortString(chunk, textAt);
  if (!(textEnd <= end)) throw new RangeError('a close is incomplete');
  return { code: chunk.readUInt16BE(textAt - 2), text: chunk.toString('utf8', textAt + 1, textEnd) };
}

/** What two ends agree on. */
export interface TuneFields {
  /** 0 is no limit. */
  readonly channelMax: number;
  /** Bytes of a whole frame; 0 is no limit. */
  readonly frameMax: number;
}

/** Reads a connection.tune or connection.tune-ok. @throws RangeError when it is cut off */
export function readTune({ chunk, start, end }: Extent): TuneFields {
  const at = start + METHOD_ID_BYTES;
  if (at + 8 > end) throw new RangeError('a connection.tune is incomplete');
  return { channelMax: chunk.readUInt16BE(at), frameMax: chunk.readUInt32BE(at + 2) };
}

/** What a broker says of itself in connection.start, a field table; empty where it cannot be read. */
export function serverPropertiesOf({ chunk, start, end }: Extent): Buffer {
  const lengthAt = start + METHOD_ID_BYTES + VERSION_BYTES;
  const tableAt = lengthAt + LENGTH_BYTES;
  if (tableAt > end) return Buffer.alloc(0);
  return Buffer.from(chunk.subarray(tableAt, Math.min(end, tableAt + chunk.readUInt32BE(lengthAt))));
}
