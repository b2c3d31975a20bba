import {
  encodeFieldTable,
  flawOf,
  type Publish,
  type PublishProperties,
  SHORT_STRING_BYTES,
} from '../../src/amqp/index.js';
import type { Body, Headers, PublishOptions } from '../../src/consumer-api/index.js';
import { DeliveryError, messageOf } from '../../src/errors/index.js';
import { encodeBody } from './publish-body.js';

/** AMQP's shortstr. */
const SHORT_STRINGS = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'replyTo',
  'messageId',
  'type',
  'userId',
  'appId',
  'clusterId',
] as const;
const OPTIONS: ReadonlySet<string> = new Set(
  [...SHORT_STRINGS, 'mandatory', 'persistent', 'deliveryMode', 'priority', 'expiration', 'timestamp'].toSorted(),
);
/** Options of other clients, and where they belong here. */
const ELSEWHERE = new Map([
  ['headers', 'headers are the third argument of publish'],
  ['CC', 'CC is a header'],
  ['BCC', 'BCC is a header'],
  ['immediate', 'RabbitMQ does not support it'],
]);
/** RabbitMQ closes the channel if they are no lists. */
const ROUTING = ['CC', 'BCC'] as const;
/** Needs a consumer on the same channel; the broker closes any other. */
const DIRECT_REPLY = 'amq.rabbitmq.reply-to';
const PERSISTENT = 2;
const TRANSIENT = 1;
const MS_PER_SECOND = 1000;
/** A longer timer closes the channel (https://www.rabbitmq.com/docs/ttl). */
const LONGEST_EXPIRATION_MS = 2 ** 32 - 1;

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/**
 * In the caller's thread: the error's stack leads to its line.
 * @throws DeliveryError `PUBLISH_INVALID` naming the argument
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
  checkOptions(options);
  const { bytes, contentType } = orInvalid(() => encodeBody(body));
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
  const flaw = flawOf(headers);
  if (flaw !== undefined) throw invalid(`headers is ${flaw}`);
  for (const name of ROUTING) {
    const routes: unknown = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (routes !== undefined && !Array.isArray(routes)) {
      const kind = routes === null ? 'null' : `a ${typeof routes}`;
      throw invalid(`headers.${name} is ${kind} (expected a list of routing keys)`);
    }
  }
  return orInvalid(() => encodeFieldTable(headers));
}

/** Getters and proxies of user code run in here. */
function orInvalid<Encoded>(encode: () => Encoded): Encoded {
  try {
    return encode();
  } catch (error) {
    throw new DeliveryError('PUBLISH_INVALID', `publish: ${messageOf(error)}`, { cause: error });
  }
}

function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const kind = Array.isArray(options) ? 'a list' : options === null ? 'null' : `a ${typeof options}`;
    throw invalid(`options is ${kind} (expected an object such as { mandatory: true }, or nothing)`);
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name) && Reflect.get(options, name) !== undefined) throw invalid(unknownOption(name));
  }
}

function unknownOption(name: string): string {
  const options = [...OPTIONS];
  const meant = options.find((option) => option.toLowerCase() === name.replaceAll(/[-_]/g, '').toLowerCase());
  const hint = ELSEWHERE.get(name) ?? (meant === undefined ? undefined : `did you mean ${meant}?`);
  return `there is no option "${name}" (${hint ?? `there are ${options.join(', ')}`})`;
}

function encodeProperties(options: PublishOptions, contentType: string | undefined): PublishProperties {
  const properties: Writable<PublishProperties> = { persistent: isPersistent(options) };
  if (contentType !== undefined) properties.contentType = contentType;
  for (const name of SHORT_STRINGS) {
    const value = options[name];
    if (value !== undefined) properties[name] = shortString(name, value);
  }
  if (options.priority !== undefined) properties.priority = priority(options.priority);
  if (options.expiration !== undefined) properties.expiration = expiration(options.expiration);
  if (options.timestamp !== undefined) properties.timestamp = seconds(options.timestamp);
  if (properties.replyTo === DIRECT_REPLY) {
    throw invalid(`replyTo is ${DIRECT_REPLY}, which needs a consumer on the same channel (name a queue)`);
  }
  return properties;
}

function isPersistent({ persistent, deliveryMode }: PublishOptions): boolean {
  const isKept = flag('persistent', persistent ?? deliveryMode !== TRANSIENT);
  if (deliveryMode === undefined) return isKept;
  if (deliveryMode !== PERSISTENT && deliveryMode !== TRANSIENT) {
    throw invalid(`deliveryMode is ${String(deliveryMode)} (expected 2, persistent, or 1)`);
  }
  if (isKept !== (deliveryMode === PERSISTENT)) {
    throw invalid(`persistent is ${persistent} and deliveryMode is ${deliveryMode}: set only one of them`);
  }
  return isKept;
}

function shortString(name: string, value: unknown): string {
  if (typeof value !== 'string')
    throw invalid(`${name} must be a string, not ${value === null ? 'null' : typeof value}`);
  const length = Buffer.byteLength(value);
  if (length > SHORT_STRING_BYTES) throw invalid(`${name} has ${length} bytes (AMQP allows ${SHORT_STRING_BYTES})`);
  return value;
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(`${name} must be true or false, not ${typeof value}`);
  return value;
}

function priority(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw invalid(`priority is ${String(value)} (expected 0 to 255)`);
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
