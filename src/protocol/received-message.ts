/** The AMQP properties apart from headers, as amqplib decodes them; `timestamp` is in seconds. */
export interface WireProperties {
  readonly [name: string]: string | number | undefined;
}

/** A message as it came off the wire: what crosses to the worker. */
export interface ReceivedMessage {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: WireProperties | undefined;
  /** The header table in the broker's encoding, decoded in the worker if somebody looks. */
  readonly headers: Uint8Array | undefined;
  /** A view into a socket chunk: copied when it crosses, never transferred. */
  readonly body: Uint8Array;
}
