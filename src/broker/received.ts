import type { ConsumeMessage } from 'amqplib';
import type { ReceivedMessage } from '../protocol/index.js';
import { RawDeliver, RawProperties } from './content-frames.js';

/**
 * A delivery of amqplib in our own terms; nothing of it is decoded or copied.
 * @throws TypeError when its frames were not read by our reader
 */
export function toReceived(message: ConsumeMessage): ReceivedMessage {
  const { content } = message;
  const fields: object = message.fields;
  const properties: object = message.properties;
  if (!(fields instanceof RawDeliver) || !(properties instanceof RawProperties)) {
    throw new TypeError('a delivery was decoded by amqplib');
  }
  return {
    deliveryTag: fields.deliveryTag,
    redelivered: fields.redelivered,
    route: fields.route,
    properties: properties.bytes,
    body: content,
  };
}
