import type { ConsumeMessage } from 'amqplib';
import type { ReceivedMessage } from '../protocol/index.js';
import { RawTable } from './amqplib.js';

/** A delivery of amqplib in our own terms; nothing of it is decoded or copied. */
export function toReceived(message: ConsumeMessage): ReceivedMessage {
  const { fields, properties, content } = message;
  const headers: unknown = properties.headers;
  return {
    deliveryTag: fields.deliveryTag,
    redelivered: fields.redelivered,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    headers: headers instanceof RawTable && headers.bytes.length > 0 ? headers.bytes : undefined,
    body: content,
    properties: {
      contentType: properties.contentType,
      contentEncoding: properties.contentEncoding,
      deliveryMode: properties.deliveryMode,
      priority: properties.priority,
      correlationId: properties.correlationId,
      replyTo: properties.replyTo,
      expiration: properties.expiration,
      messageId: properties.messageId,
      timestamp: properties.timestamp,
      type: properties.type,
      userId: properties.userId,
      appId: properties.appId,
      clusterId: properties.clusterId,
    },
  };
}
