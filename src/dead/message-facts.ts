import type { FieldValue } from '../amqp/index.js';
import type { RECORD_HEADERS } from '../protocol/index.js';
import type { DeadMessage } from './dead-message.js';
import { bytesText, fieldText, type PlainValue, plainValue } from './field-text.js';

/** What a list says of a message; what is not known is left out. */
export interface MessageFacts {
  readonly id: string;
  /** ISO 8601. */
  readonly diedAt?: string;
  readonly firstSeen?: string;
  /** `exhausted`, `rejected`, `invalid` or `deaths`. */
  readonly reason?: string;
  readonly attempts?: number;
  /** Threads that it took down. */
  readonly deaths?: number;
  readonly errorType?: string;
  readonly cause?: string;
  readonly queue?: string;
  readonly consumer?: string;
  readonly host?: string;
  readonly exchange?: string;
  readonly routingKey?: string;
  /** Of the body. */
  readonly bytes: number;
  /** The beginning of it, as text. */
  readonly preview: string;
}

/** A message whole. */
export interface WholeMessage extends Omit<MessageFacts, 'preview'> {
  readonly stack?: string;
  /** What is wrong with an invalid message. */
  readonly validationErrors?: readonly string[];
  readonly properties: { readonly [name: string]: PlainValue };
  /** All of them, the record included; absent when they cannot be read. */
  readonly headers?: PlainValue;
  readonly body: string;
  readonly bodyEncoding: 'utf8' | 'base64';
}

const TEXTS = ['diedAt', 'firstSeen', 'reason', 'errorType', 'cause', 'queue', 'consumer', 'host'] as const;
const ROUTE = ['exchange', 'routingKey'] as const;
const COUNTS = ['attempts', 'deaths'] as const;
const PREVIEW_BYTES = 200;

export function factsOf(message: DeadMessage): MessageFacts {
  const { body } = message.taken;
  return { ...recordOf(message), preview: body.toString('utf8', 0, PREVIEW_BYTES) };
}

export function wholeMessage(message: DeadMessage): WholeMessage {
  const { list, body } = message.taken;
  const text = bytesText(body);
  return {
    ...recordOf(message),
    ...known(['stack'], (name) => textOf(message.record(name))),
    ...known(['validationErrors'], (name) => textsOf(message.record(name))),
    properties: Object.fromEntries(Object.entries(list.properties).map(([name, value]) => [name, value ?? null])),
    ...(message.headers !== undefined && { headers: plainValue(message.headers) }),
    body: text ?? body.toString('base64'),
    bodyEncoding: text === undefined ? 'base64' : 'utf8',
  };
}

function recordOf(message: DeadMessage): Omit<MessageFacts, 'preview'> {
  const text = (name: keyof typeof RECORD_HEADERS): string | undefined => textOf(message.record(name));
  return {
    id: message.id,
    ...known(TEXTS, text),
    ...known(ROUTE, text),
    ...known(COUNTS, (name) => countOf(message.record(name))),
    bytes: message.taken.body.length,
  };
}

function known<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value | undefined,
): { [name in Name]?: Value } {
  const found: { [name in Name]?: Value } = {};
  for (const name of names) {
    const value = valueOf(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function textOf(value: FieldValue | undefined): string | undefined {
  return value === undefined ? undefined : fieldText(value);
}

/** Anybody may have written it: a list of anything, or something else. */
function textsOf(value: FieldValue | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.map((each: FieldValue) => fieldText(each)) : [fieldText(value)];
}

/** Anybody may have written it: what is no number is no count. */
function countOf(value: FieldValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
