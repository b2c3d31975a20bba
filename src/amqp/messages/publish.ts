/** A message to publish, with checked arguments. */
export interface Publish {
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly body: Uint8Array;
  /** An encoded field table. */
  readonly headers: Uint8Array;
  readonly properties: PublishProperties;
}

/** A string, or bytes that are not valid UTF-8: other clients send them, and a copy keeps them. */
export type WireText = string | Uint8Array;

/** AMQP's properties; `timestamp` in seconds, 64 bits. */
export interface PublishProperties {
  readonly persistent: boolean;
  readonly contentType?: WireText;
  readonly contentEncoding?: WireText;
  readonly priority?: number;
  readonly correlationId?: WireText;
  readonly replyTo?: WireText;
  readonly expiration?: WireText;
  readonly messageId?: WireText;
  readonly timestamp?: number | bigint;
  readonly type?: WireText;
  readonly userId?: WireText;
  readonly appId?: WireText;
  readonly clusterId?: WireText;
}
