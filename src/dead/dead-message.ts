import { decodeFieldTable, type FieldTable, type FieldValue, findFieldValue, splitFieldTable } from '../amqp/index.js';
import type { TakenMessage } from '../broker/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../protocol/index.js';
import { messageIdOf } from './message-id.js';

/** One message of a dead queue, read. */
export class DeadMessage {
  readonly taken: TakenMessage;
  readonly id: string;
  /** All of them, what is nested too deep as its bytes; undefined when they cannot be told apart. */
  readonly headers: FieldTable | undefined;

  constructor(taken: TakenMessage) {
    this.taken = taken;
    this.id = messageIdOf(taken);
    this.headers = readHeaders(taken.list.headers);
  }

  /** What is known of its failures, by the names of the record. */
  record(name: keyof typeof RECORD_HEADERS): FieldValue | undefined {
    return this.headers?.[RECORD_HEADERS[name]];
  }

  /** How often it was given back already, as a quorum queue counts. */
  get timesReturned(): number {
    return Math.max(0, ...BROKER_COUNTS.map((name) => Number(this.headers?.[name] ?? 0)).filter(Number.isFinite));
  }
}

function readHeaders(headers: Uint8Array): FieldTable | undefined {
  try {
    return decodeFieldTable(headers);
  } catch {
    // Anybody may have published it: it is listed all the same.
    return readOneByOne(headers);
  }
}

function readOneByOne(headers: Uint8Array): FieldTable | undefined {
  try {
    const values = splitFieldTable(headers).map(({ name, value }) => [name, findFieldValue(headers, name) ?? value]);
    return Object.fromEntries(values);
  } catch {
    return undefined;
  }
}
