import { splitFieldTable } from '../../amqp/index.js';

/** A quorum queue's own counts, also of each look at the message (the second since RabbitMQ 4.3). A copy starts at 0. */
export const BROKER_COUNTS: readonly string[] = ['x-delivery-count', 'x-acquired-count'];

/**
 * The headers by which a message is known again when it comes back, each as its bytes. In an order of our own: the broker may
 * write them in another the next time. Undefined when they cannot be read: anybody may have published the message.
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
