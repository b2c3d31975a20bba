import type { Body, Headers, PublishOptions } from '../src/consumer-api/index.js';
import { DeliveryError, messageOf } from '../src/errors/index.js';
import { encodeFieldTable, type Publish, type PublishProperties } from '../src/protocol/index.js';

/** AMQP's shortstr. */
const MAX_SHORT_STRING = 255;
const SHORT_STRINGS = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'messageId',
  'type',
  'userId',
  'appId',
] as const;
const MS_PER_SECOND = 1000;
/** The longest timer of the broker; a longer one closes the channel (https://www.rabbitmq.com/docs/ttl). */
const LONGEST_EXPIRATION_MS = 2 ** 32 - 1;

/**
 * Turns the arguments of `publish` into what AMQP carries, in the caller's thread, so that the stack of an error
 * leads to the caller's line.
 * @throws DeliveryError `PUBLISH_INVALID` naming the argument.
 */
export function encodePublish(
  exchange: string,
  routingKey: string,
  headers: Headers,
  body: Body,
  options: PublishOptions = {},
): Publish {
  shortString('exchange', exchange);
  shortString('routingKey', routingKey);
  const { bytes, contentType } = encodeBody(body);
  return {
    exchange,
    routingKey,
    mandatory: flag('mandatory', options.mandatory ?? false),
    body: bytes,
    headers: encodeHeaders(headers),
    properties: encodeProperties(options, contentType),
  };
}

function encodeHeaders(headers: Headers | null | undefined): Buffer<ArrayBuffer> {
  if (headers === null || headers === undefined) return Buffer.alloc(0);
  if (typeof headers !== 'object' || Array.isArray(headers))
    throw invalid(`headers must be an object, not ${typeof headers}`);
  try {
    return encodeFieldTable(headers);
  } catch (error) {
    throw invalid(messageOf(error));
  }
}

function encodeBody(body: Body): { bytes: Uint8Array; contentType: string | undefined } {
  if (body instanceof Uint8Array) return { bytes: body, contentType: undefined };
  if (typeof body === 'string') return { bytes: Buffer.from(body, 'utf8'), contentType: undefined };
  let json: string | undefined;
  try {
    json = JSON.stringify(body);
  } catch (error) {
    throw invalid(`body cannot be sent as JSON: ${messageOf(error)}`);
  }
  if (json === undefined)
    throw invalid(`body must be a Buffer, a string or something that JSON can carry, not ${typeof body}`);
  return { bytes: Buffer.from(json, 'utf8'), contentType: 'application/json' };
}

function encodeProperties(options: PublishOptions, contentType: string | undefined): PublishProperties {
  const properties: Record<string, string | number | boolean> = {
    persistent: flag('persistent', options.persistent ?? true),
  };
  if (contentType !== undefined) properties.contentType = contentType;
  for (const name of SHORT_STRINGS) {
    const value = options[name];
    if (value !== undefined) properties[name] = shortString(name, value);
  }
  if (options.priority !== undefined) properties.priority = priority(options.priority);
  if (options.expiration !== undefined) properties.expiration = expiration(options.expiration);
  if (options.timestamp !== undefined) properties.timestamp = seconds(options.timestamp);
  return { persistent: true, ...properties };
}

function shortString(name: string, value: unknown): string {
  if (typeof value !== 'string')
    throw invalid(`${name} must be a string, not ${value === null ? 'null' : typeof value}`);
  const length = Buffer.byteLength(value);
  if (length > MAX_SHORT_STRING) throw invalid(`${name} has ${length} bytes (AMQP allows ${MAX_SHORT_STRING})`);
  return value;
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(`${name} must be true or false, not ${typeof value}`);
  return value;
}

function priority(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 255) throw invalid(`priority is ${value} (expected 0 to 255)`);
  return value;
}

function expiration(value: number | string): string {
  const text = String(value);
  if (!/^\d{1,10}$/.test(text) || Number(text) > LONGEST_EXPIRATION_MS) {
    throw invalid(`expiration is ${text} (expected whole milliseconds, at most ${LONGEST_EXPIRATION_MS})`);
  }
  return text;
}

function seconds(value: Date): number {
  const time = value instanceof Date ? Math.floor(value.getTime() / MS_PER_SECOND) : Number.NaN;
  if (!(time >= 0)) throw invalid('timestamp must be a Date, 1970 or later');
  return time;
}

function invalid(message: string): DeliveryError {
  return new DeliveryError('PUBLISH_INVALID', `publish: ${message}`);
}
