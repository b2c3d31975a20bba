import {
  encodeFieldTable,
  encodeRoute,
  type FieldTable,
  MessageMemory,
  ReceivedMessage,
  type WireProperties,
} from '../../../src/amqp/index.js';
import { DeliveryHeads, DeliveryReader, type IncomingDelivery } from '../../../src/bridge/index.js';
import { ConsumerMessage } from '../../../workers/message/consumer-message.js';
import { headerFrame } from './amqp-frames.js';

/** The parts of a message that a test sets; the others are as from the broker. */
export interface MessageParts {
  readonly deliveryTag?: number;
  readonly redelivered?: boolean;
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly properties?: WireProperties;
  /** A table, or one in AMQP encoding. */
  readonly headers?: FieldTable | Uint8Array;
  readonly body?: Uint8Array;
  /** The memory that holds it. Default: a new one. */
  readonly memory?: MessageMemory;
}

/** A message as it comes off the wire. */
export function wireMessage(parts: MessageParts = {}): ReceivedMessage {
  const { deliveryTag = 1, redelivered = false, exchange = '', routingKey = 'q', properties, headers } = parts;
  const { body = new Uint8Array(), memory = new MessageMemory() } = parts;
  const message = ReceivedMessage.inOwnSegment(memory, {
    deliveryTag,
    redelivered,
    route: encodeRoute({ exchange, routingKey }),
    properties: encodePropertyList(properties, headers),
    bodyLength: body.length,
  });
  message.writeBody(body, 0);
  return message;
}

/** A message as a worker reads it. */
export function throughMemory(message: ReceivedMessage): IncomingDelivery {
  const heads = new DeliveryHeads(1);
  heads.write(0, message);
  const reader = new DeliveryReader(heads.memory);
  reader.learn(message.segment);
  return reader.read(0);
}

/** A message as a consumer sees it. */
export function receivedMessage(parts: MessageParts): ConsumerMessage {
  return new ConsumerMessage(throughMemory(wireMessage(parts)), 'tag');
}

/** A frame's type, channel and size, then class, weight and size of the body. */
const BEFORE_PROPERTIES = 7 + 12;
/** The bits of the flags, and of content_type and content_encoding, which stand before the headers. */
const FLAG_BYTES = 2;
const HEADERS_FLAG = 0x20;
const FLAGS_BEFORE_HEADERS = [0x80, 0x40];

/** A property list by amqplib's encoder with our headers inserted, because amqplib chooses other types for some. */
export function encodePropertyList(properties: WireProperties = {}, headers?: FieldTable | Uint8Array): Uint8Array {
  const list = Buffer.from(headerFrame(1, 0, properties).subarray(BEFORE_PROPERTIES, -1));
  if (headers === undefined) return list;
  const table = headers instanceof Uint8Array ? headers : encodeFieldTable(headers);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(table.length);
  let at = FLAG_BYTES;
  for (const flag of FLAGS_BEFORE_HEADERS) if ((list.readUInt8() & flag) !== 0) at += 1 + list.readUInt8(at);
  list[0] = list.readUInt8() | HEADERS_FLAG;
  return Buffer.concat([list.subarray(0, at), length, table, list.subarray(at)]);
}
