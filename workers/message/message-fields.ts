import { type IncomingDelivery, identityOf } from '../../src/bridge/index.js';

/** What a log line says of the message that it is about. */
export function fieldsOf(delivery: IncomingDelivery): object {
  const { deliveryTag, redelivered } = delivery;
  return { deliveryTag, redelivered, ...identityOf(delivery) };
}
