/**
 * The names of OpenTelemetry's conventions for messaging and RabbitMQ, version 1.4x. They are in development and may
 * change, so no other file has them: https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
 */
export const ATTRIBUTE = {
  system: 'messaging.system',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  routingKey: 'messaging.rabbitmq.destination.routing_key',
  deliveryTag: 'messaging.rabbitmq.message.delivery_tag',
  messageId: 'messaging.message.id',
  conversationId: 'messaging.message.conversation_id',
  batchSize: 'messaging.batch.message_count',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
} as const;

export const SYSTEM = 'rabbitmq';
export const OPERATION = {
  consume: { name: 'consume', type: 'process' },
  publish: { name: 'publish', type: 'send' },
} as const;
/** Stands for the default exchange, whose name is empty. */
export const DEFAULT_EXCHANGE = 'amq.default';

/** The parts that are not empty, joined: `exchange:routing key:queue`; a queue that equals the routing key is left out. */
export function destinationOf(exchange: string, routingKey: string, queue = ''): string {
  const parts = [exchange, routingKey, queue === routingKey ? '' : queue].filter((part) => part !== '');
  return parts.length === 0 ? DEFAULT_EXCHANGE : parts.join(':');
}
