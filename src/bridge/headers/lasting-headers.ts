import { splitFieldTable } from '../../amqp/index.js';

/** A quorum queue's own counts (the second since RabbitMQ 4.3). */
export const BROKER_COUNTS: readonly string[] = ['x-delivery-count', 'x-acquired-count'];

/**
 * The headers that identify a returned message, sorted, because the broker may reorder them. Undefined if unreadable.
 */
export function lastingHeaders(
  headers: Uint8Array,
  isLasting: (name: string) => boolean = (name) => !BROKER_COUNTS.includes(name),
): readonly Uint8Array[] | undefined {
  try {
    return splitFieldTable(headers)
      .filter(({ name }) => isLasting(name))
      .map(({ bytes }) => bytes)
      .toSorted((left, right) => Buffer.compare(left, right));
  } catch {
    return undefined;
  }
}
