import { decodeFieldTable, type FieldTable, type FieldValue, findFieldValue, splitFieldTable } from '../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../bridge/index.js';
import type { TakenMessage } from '../broker/index.js';
import { messageIdOf } from './message-id.js';

/** One message of a dead queue, decoded. */
export class DeadMessage {
  readonly taken: TakenMessage;
  readonly id: string;
  /** Values nested too deep stay bytes; undefined when the headers cannot be split. */
  readonly headers: FieldTable | undefined;

  constructor(taken: TakenMessage) {
    this.taken = taken;
    this.id = messageIdOf(taken);
    this.headers = readHeaders(taken.list.headers);
  }

  record(name: keyof typeof RECORD_HEADERS): FieldValue | undefined {
    return this.headers?.[RECORD_HEADERS[name]];
  }

  /** How often the message was returned, as a quorum queue counts. */
  get timesReturned(): number {
    return Math.max(0, ...BROKER_COUNTS.map((name) => Number(this.headers?.[name] ?? 0)).filter(Number.isFinite));
  }
}

function readHeaders(headers: Uint8Array): FieldTable | undefined {
  try {
    return decodeFieldTable(headers);
  } catch {
    // Anyone may have published it; list it anyway.
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
