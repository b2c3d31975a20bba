import type { WholeMessage } from '../../../dead/index.js';
import { printable, printableLine } from '../../output/printable.js';

const LABELS = {
  id: 'id',
  reason: 'reason',
  errorType: 'error',
  cause: 'cause',
  attempts: 'attempts',
  deaths: 'deaths',
  firstSeen: 'first seen',
  diedAt: 'died at',
  queue: 'queue',
  consumer: 'consumer',
  exchange: 'exchange',
  routingKey: 'routing key',
  host: 'host',
} as const satisfies Partial<Record<keyof WholeMessage, string>>;
const INDENT = '  ';
/** Shown among the headers, because it replaces them. */
const UNREADABLE = 'x-amqp-dispatcher-unreadable';
const LABEL_WIDTH = 14;

/** Formats a whole message for people. */
export function formatDetails(message: WholeMessage): string {
  const { stack, validationErrors, properties, headers, body, bodyEncoding, bytes, ...facts } = message;
  const encoding = bodyEncoding === 'utf8' ? '' : ', as base64';
  return [
    ...Object.entries(LABELS).flatMap(([name, label]) => lineOf(label, new Map(Object.entries(facts)).get(name))),
    ...(validationErrors === undefined ? [] : ['', 'validation errors', ...validationErrors.map(errorLine)]),
    ...(stack === undefined ? [] : ['', 'stack', indented(stack)]),
    '',
    'properties',
    ...Object.entries(properties).flatMap(([name, value]) => lineOf(`${INDENT}${name}`, value)),
    '',
    'headers',
    ...headerLines(headers),
    '',
    `body (${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${encoding})`,
    indented(body),
  ].join('\n');
}

function headerLines(headers: WholeMessage['headers']): string[] {
  if (headers === undefined) return [`${INDENT}(cannot be read)`];
  return Object.entries(headers ?? {})
    .filter(([name]) => !name.startsWith('x-amqp-dispatcher-') || name === UNREADABLE)
    .flatMap(([name, value]) => lineOf(`${INDENT}${printableLine(name)}`, value));
}

function lineOf(label: string, value: unknown): string[] {
  if (value === undefined) return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [`${label.padEnd(LABEL_WIDTH)} ${printableLine(text)}`];
}

function errorLine(error: string): string {
  return `${INDENT}${printableLine(error)}`;
}

function indented(text: string): string {
  return printable(text).replace(/^/gm, INDENT);
}
