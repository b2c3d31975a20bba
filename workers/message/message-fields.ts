import { type IncomingDelivery, identityOf } from '../../src/bridge/index.js';

/** The fields of a log line about a delivery. */
export function fieldsOf(delivery: IncomingDelivery): object {
  const { deliveryTag, redelivered } = delivery;
  return { deliveryTag, redelivered, ...identityOf(delivery) };
}
