import type { DeliveryInfo, Headers, Message, Properties } from '../src/consumer-api/index.js';
import { DeliveryError, messageOf } from '../src/errors/index.js';
import { decodeFieldTable, type IncomingDelivery } from '../src/protocol/index.js';

const MS_PER_SECOND = 1000;
const NO_HEADERS: Headers = Object.freeze({});
const NO_PROPERTIES: Properties = Object.freeze({});

/** The message that a consumer sees; everything but the body is decoded when it is first looked at. */
export class ReceivedMessage implements Message {
  readonly body: Buffer;
  private readonly delivery: IncomingDelivery;
  private readonly consumerTag: string;
  private decodedHeaders: Headers | undefined;
  private decodedProperties: Properties | undefined;
  private info: DeliveryInfo | undefined;

  constructor(delivery: IncomingDelivery, consumerTag: string) {
    this.delivery = delivery;
    this.consumerTag = consumerTag;
    this.body = delivery.body;
  }

  get headers(): Headers {
    const { headers } = this.delivery;
    this.decodedHeaders ??= headers.length === 0 ? NO_HEADERS : decodeFieldTable(headers);
    return this.decodedHeaders;
  }

  get properties(): Properties {
    const { properties } = this.delivery;
    this.decodedProperties ??= properties.length === 0 ? NO_PROPERTIES : decodeProperties(properties);
    return this.decodedProperties;
  }

  get deliveryInfo(): DeliveryInfo {
    this.info ??= {
      consumerTag: this.consumerTag,
      deliveryTag: this.delivery.deliveryTag,
      redelivered: this.delivery.redelivered,
      exchange: this.delivery.exchange.toString(),
      routingKey: this.delivery.routingKey.toString(),
    };
    return this.info;
  }

  text(): string {
    const charset = charsetOf(this.properties);
    try {
      return new TextDecoder(charset, { fatal: true }).decode(this.body);
    } catch (error) {
      throw new DeliveryError('MESSAGE_UNDECODABLE', `the body is not ${charset} text: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  json<T = unknown>(): T {
    const text = this.text();
    try {
      const value: T = JSON.parse(text);
      return value;
    } catch (error) {
      throw new DeliveryError('MESSAGE_UNDECODABLE', `the body is not JSON: ${messageOf(error)}`, { cause: error });
    }
  }
}

function decodeProperties(bytes: Buffer): Properties {
  const { timestamp, ...rest }: Properties & { timestamp?: number } = JSON.parse(bytes.toString());
  return timestamp === undefined ? rest : { ...rest, timestamp: new Date(timestamp * MS_PER_SECOND) };
}

/** `content_type` names a charset as MIME does; Celery and others put it into `content_encoding` instead. */
function charsetOf({ contentType, contentEncoding }: Properties): string {
  const named = contentType === undefined ? null : /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType);
  if (named?.[1] !== undefined) return named[1];
  if (contentEncoding === undefined || /^(identity|binary)?$/i.test(contentEncoding)) return 'utf-8';
  return contentEncoding;
}
