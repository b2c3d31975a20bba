import {
  decodeFieldTable,
  decodePropertyList,
  decodeRoute,
  findFieldValue,
  findHeaders,
  MAX_DATE_SECONDS,
  type PropertyList,
  type WireProperties,
} from '../../src/amqp/index.js';
import { type IncomingDelivery, RECORD_HEADERS } from '../../src/bridge/index.js';
import type { DeliveryInfo, Headers, Message, Properties } from '../../src/consumer-api/index.js';
import { DeliveryError, messageOf } from '../../src/errors/index.js';

const MS_PER_SECOND = 1000;
const NO_HEADERS: Headers = Object.freeze({});

/** Decoded on first access. */
export class ConsumerMessage implements Message {
  private readonly delivery: IncomingDelivery;
  private readonly consumerTag: string;
  private bytes: Buffer | undefined;
  private list: PropertyList | undefined;
  private decodedHeaders: Headers | undefined;
  private decodedProperties: Properties | undefined;
  private info: DeliveryInfo | undefined;
  /** The result of `decodeJson`, which JSON cannot make undefined. */
  private decoded: ReturnType<typeof JSON.parse>;

  constructor(delivery: IncomingDelivery, consumerTag: string) {
    this.delivery = delivery;
    this.consumerTag = consumerTag;
  }

  get body(): Buffer {
    this.bytes ??= this.delivery.body;
    return this.bytes;
  }

  get headers(): Headers {
    if (this.decodedHeaders === undefined) {
      const { headers } = this.propertyList();
      this.decodedHeaders = headers.length === 0 ? NO_HEADERS : decodeFieldTable(headers);
    }
    return this.decodedHeaders;
  }

  get properties(): Properties {
    this.decodedProperties ??= withDate(this.propertyList().properties);
    return this.decodedProperties;
  }

  get deliveryInfo(): DeliveryInfo {
    this.info ??= {
      consumerTag: this.consumerTag,
      deliveryTag: this.delivery.deliveryTag,
      redelivered: this.delivery.redelivered,
      ...decodeRoute(this.delivery.route),
    };
    return this.info;
  }

  get attempt(): number {
    const headers = findHeaders(this.delivery.properties);
    const failed = headers === undefined ? undefined : findFieldValue(headers, RECORD_HEADERS.attempts);
    return typeof failed === 'number' && failed > 0 ? failed + 1 : 1;
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
    if (this.decoded !== undefined) return this.decoded;
    const text = this.text();
    try {
      const value: T = JSON.parse(text);
      return value;
    } catch (error) {
      throw new DeliveryError('MESSAGE_UNDECODABLE', `the body is not JSON: ${messageOf(error)}`, { cause: error });
    }
  }

  /** From now on `json()` returns this value. @throws as `json` does */
  decodeJson(): unknown {
    this.decoded = this.json();
    return this.decoded;
  }

  /** Explains unreadable headers or properties; if undefined, no getter throws. */
  unreadable(): readonly string[] | undefined {
    if (this.delivery.isReadable) return undefined;
    try {
      void this.headers;
      void this.properties;
    } catch (error) {
      return [`the headers cannot be read: ${messageOf(error)}`];
    }
    return ['the properties cannot be read: they have undeclared bytes'];
  }

  private propertyList(): PropertyList {
    this.list ??= decodePropertyList(this.delivery.properties);
    return this.list;
  }
}

function withDate({ timestamp, ...rest }: WireProperties): Properties {
  // Later ones make an Invalid Date, whose methods throw.
  if (typeof timestamp !== 'number' || timestamp > MAX_DATE_SECONDS) return rest;
  return { ...rest, timestamp: new Date(timestamp * MS_PER_SECOND) };
}

/** MIME puts the charset into `content_type`; Celery and others use `content_encoding`. */
function charsetOf({ contentType, contentEncoding }: Properties): string {
  const named = contentType === undefined ? null : /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType);
  if (named?.[1] !== undefined) return named[1];
  if (contentEncoding === undefined || /^(identity|binary)?$/i.test(contentEncoding)) return 'utf-8';
  return contentEncoding;
}
