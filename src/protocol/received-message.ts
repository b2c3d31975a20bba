/**
 * A message as it came off the wire: what crosses to the worker. Everything but the tag is still the broker's own bytes,
 * views into a socket chunk: copied when they cross, never transferred.
 */
export interface ReceivedMessage {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  /** Exchange and routing key (route.ts). */
  readonly route: Uint8Array;
  /** Properties and headers (property-list.ts). */
  readonly properties: Uint8Array;
  readonly body: Uint8Array;
}
