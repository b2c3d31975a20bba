/** A message to publish, its arguments checked. */
export interface Publish {
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly body: Uint8Array;
  /** The header table in AMQP encoding. */
  readonly headers: Uint8Array;
  readonly properties: PublishProperties;
}

/** A text in UTF-8, or the bytes of one that is none: other clients send them, and a copy keeps them. */
export type WireText = string | Uint8Array;

/** Properties in AMQP's own terms: `timestamp` in seconds, with 64 bits. */
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
