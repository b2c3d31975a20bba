import { behindShortString } from '../messages/short-string.js';
import { type Extent, LONG_LONG_BYTES, METHOD_ID_BYTES, readLongLong } from './frames.js';

/** Messages stay encoded: amqplib would decode up to fourteen properties of each on the main thread. */

/** RabbitMQ's limit, whatever its `max_message_size` (https://www.rabbitmq.com/docs/limits). */
const MAX_BODY_BYTES = 512 * 1024 * 1024;
const CONFIRM_BYTES = METHOD_ID_BYTES + LONG_LONG_BYTES + 1;
const MULTIPLE = 1;

/** A basic.deliver without its consumer tag, because a channel has one consumer. */
export interface DeliverFields {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Exchange and routing key, up to the end of the payload. */
  readonly routeAt: number;
}

/** Reads a basic.deliver. @throws RangeError when it is cut off, or cannot be answered */
export function readDeliver({ chunk, start, end }: Extent): DeliverFields {
  const tagAt = behindShortString(chunk, start + METHOD_ID_BYTES);
  const flagsAt = tagAt + LONG_LONG_BYTES;
  const routeAt = flagsAt + 1;
  if (behindShortString(chunk, behindShortString(chunk, routeAt)) !== end)
    throw new RangeError('a basic.deliver is incomplete');
  const deliveryTag = readLongLong(chunk, tagAt);
  // The answer would carry another tag.
  if (!Number.isSafeInteger(deliveryTag) || deliveryTag === 0) {
    throw new RangeError(`a message was delivered with the invalid tag ${deliveryTag}`);
  }
  return { deliveryTag, redelivered: ((chunk[flagsAt] ?? 0) & 1) === 1, routeAt };
}

/** Returns the route's offset in a basic.return. @throws RangeError */
export function routeOfReturn({ chunk, start, end }: Extent): number {
  const routeAt = behindShortString(chunk, start + METHOD_ID_BYTES + 2);
  if (behindShortString(chunk, behindShortString(chunk, routeAt)) !== end)
    throw new RangeError('a basic.return is incomplete');
  return routeAt;
}

/** The body's size, and the offset of the property list, which ends with the header. */
export interface HeaderFields {
  readonly size: number;
  readonly propertiesAt: number;
}

/** Reads a content header. @throws RangeError when it is cut off, or the body exceeds RabbitMQ's limit */
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

/** The broker's answer to one publish, or to all up to it. */
export interface ConfirmFields {
  readonly tag: number;
  readonly multiple: boolean;
}

/** Reads a basic.ack or basic.nack. @throws RangeError */
export function readConfirm({ chunk, start, end }: Extent): ConfirmFields {
  if (end - start !== CONFIRM_BYTES) throw new RangeError('a confirm is incomplete');
  const tagAt = start + METHOD_ID_BYTES;
  return {
    tag: readLongLong(chunk, tagAt),
    multiple: ((chunk[tagAt + LONG_LONG_BYTES] ?? 0) & MULTIPLE) === MULTIPLE,
  };
}

/** Returns the error for a confirm that no publish awaits. */
export function unexpectedConfirm(tag: number): RangeError {
  return new RangeError(`tag ${tag} was confirmed, but no publish with that tag is unconfirmed`);
}

/** `50.11` for queue.declare-ok. */
export function methodText(method: number): string {
  return `${method >> 16}.${method & 0xffff}`;
}
