import { decodePropertyList, encodeFieldTable, type FieldTable, type WireProperties } from '../../../src/amqp/index.js';
import { RECORD_HEADERS } from '../../../src/bridge/index.js';
import { DeadMessage } from '../../../src/dead/message/dead-message.js';
import { encodePropertyList } from '../../support/amqp/wire-message.js';

/** The parts of a dead message that a test sets. */
export interface DeadParts {
  readonly headers?: FieldTable | Uint8Array;
  readonly properties?: WireProperties;
  readonly body?: Uint8Array | string;
}

export const RECORD: FieldTable = {
  [RECORD_HEADERS.attempts]: 3,
  [RECORD_HEADERS.exchange]: 'jobs',
  [RECORD_HEADERS.routingKey]: 'a.b',
  [RECORD_HEADERS.queue]: 'email',
  [RECORD_HEADERS.consumer]: 'Email',
  [RECORD_HEADERS.reason]: 'exhausted',
  [RECORD_HEADERS.cause]: 'timeout of smtp',
  [RECORD_HEADERS.errorType]: 'TypeError E_TEST',
  [RECORD_HEADERS.stack]: 'TypeError: timeout of smtp\n    at send',
  [RECORD_HEADERS.host]: 'h',
  [RECORD_HEADERS.diedAt]: new Date('2026-11-25T00:00:00Z'),
};

/** A message as read from a dead queue. */
export function deadMessage({ headers = RECORD, properties = {}, body = 'body' }: DeadParts = {}): DeadMessage {
  const table = headers instanceof Uint8Array ? headers : encodeFieldTable(headers);
  const raw = Buffer.from(encodePropertyList(properties, table));
  const list = decodePropertyList(raw);
  return new DeadMessage({ deliveryTag: 1, properties: raw, list, body: Buffer.from(body) });
}

/** A table that announces more bytes than it has. */
export const UNREADABLE = Buffer.from('\x03abcS\x00\x00\x00\xff', 'latin1');
