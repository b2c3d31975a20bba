import type { FieldValue } from '../../amqp/index.js';
import type { RECORD_HEADERS } from '../../bridge/index.js';
import type { DeadMessage } from './dead-message.js';
import { bytesText, headerText, type PlainValue, plainValue } from './header-text.js';

/** A message as `list` shows it; unknown facts are absent. */
export interface MessageFacts {
  readonly id: string;
  readonly diedAt?: string;
  readonly firstSeen?: string;
  /** `exhausted`, `rejected`, `invalid`, `deaths` or `delivery-limit`. */
  readonly reason?: string;
  readonly attempts?: number;
  readonly deaths?: number;
  readonly errorType?: string;
  readonly cause?: string;
  readonly queue?: string;
  readonly consumer?: string;
  readonly host?: string;
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly bytes: number;
  readonly preview: string;
}

/** A message without its body. */
export interface MessageDetails extends Omit<MessageFacts, 'preview'> {
  readonly stack?: string;
  readonly validationErrors?: readonly string[];
  readonly properties: { readonly [name: string]: PlainValue };
  /** All headers, the failure record included; absent when they cannot be read. */
  readonly headers?: PlainValue;
}

/** A whole message as `show` prints it. */
export interface WholeMessage extends MessageDetails {
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

/** Cuts long texts. It copies them: a slice would keep the whole text in memory. */
export function shortFacts(facts: MessageFacts, longest: number): MessageFacts {
  const short = (text: string): string =>
    text.length <= longest ? text : Buffer.from(text.slice(0, longest)).toString('utf8');
  return {
    ...facts,
    id: short(facts.id),
    ...known([...TEXTS, ...ROUTE], (name) => {
      const text = facts[name];
      return text === undefined ? undefined : short(text);
    }),
  };
}

export function wholeMessage(message: DeadMessage): WholeMessage {
  const { body } = message.taken;
  const text = bytesText(body);
  return {
    ...detailsOf(message),
    body: text ?? body.toString('base64'),
    bodyEncoding: text === undefined ? 'base64' : 'utf8',
  };
}

export function detailsOf(message: DeadMessage): MessageDetails {
  const { list } = message.taken;
  return {
    ...recordOf(message),
    ...known(['stack'], (name) => textOf(message.record(name))),
    ...known(['validationErrors'], (name) => textsOf(message.record(name))),
    properties: Object.fromEntries(Object.entries(list.properties).map(([name, value]) => [name, value ?? null])),
    ...(message.headers !== undefined && { headers: plainValue(message.headers) }),
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
  return value === undefined ? undefined : headerText(value);
}

/** Anyone may have written the header, so it may not be a list. */
function textsOf(value: FieldValue | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.map((each: FieldValue) => headerText(each)) : [headerText(value)];
}

/** Anyone may have written the header, so it may not be a number. */
function countOf(value: FieldValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
