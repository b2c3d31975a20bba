import type { FieldTable, FieldValue } from '../../amqp/index.js';

/** What the broker's own dead-lettering says of a message, in place of the daemon's record. */
export interface BrokerDeath {
  readonly queue?: string;
  readonly reason?: string;
  readonly diedAt?: Date;
  readonly exchange?: string;
  readonly routingKey?: string;
}

/** Reads the newest entry of `x-death` (https://www.rabbitmq.com/docs/dlx#effects); anyone may have written the header. */
export function brokerDeath(headers: FieldTable | undefined): BrokerDeath {
  const deaths = headers?.['x-death'];
  const [newest] = isList(deaths) ? deaths : [];
  if (!isTable(newest)) return {};
  const { queue, reason, time, exchange, 'routing-keys': keys } = newest;
  const [routingKey] = isList(keys) ? keys : [];
  return {
    ...(typeof queue === 'string' && { queue }),
    ...(typeof reason === 'string' && { reason }),
    ...(time instanceof Date && { diedAt: time }),
    ...(typeof exchange === 'string' && { exchange }),
    ...(typeof routingKey === 'string' && { routingKey }),
  };
}

function isList(value: FieldValue | undefined): value is readonly FieldValue[] {
  return Array.isArray(value);
}

function isTable(value: FieldValue | undefined): value is FieldTable {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
