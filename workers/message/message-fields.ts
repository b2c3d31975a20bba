import { type IncomingDelivery, identityOf } from '../../src/bridge/index.js';

export function fieldsOf(delivery: IncomingDelivery): object {
  const { deliveryTag, redelivered } = delivery;
  return { deliveryTag, redelivered, ...identityOf(delivery) };
}
