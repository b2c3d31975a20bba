import {
  decodeFieldTable,
  type FieldTable,
  type FieldValue,
  findFieldValue,
  splitFieldTable,
} from '../../amqp/index.js';
import { BROKER_COUNTS, RECORD_HEADERS } from '../../bridge/index.js';
import type { TakenMessage } from '../../broker/index.js';
import { type BrokerDeath, brokerDeath } from './broker-death.js';
import { contentHash, messageIdOf } from './message-id.js';

/** One message of a dead queue, decoded. */
export class DeadMessage {
  readonly taken: TakenMessage;
  readonly id: string;
  /** Values nested too deep stay bytes; undefined when the headers cannot be split. */
  readonly headers: FieldTable | undefined;
  private readonly death: BrokerDeath;

  constructor(taken: TakenMessage) {
    this.taken = taken;
    this.id = messageIdOf(taken);
    this.headers = readHeaders(taken.list.headers);
    this.death = brokerDeath(this.headers);
  }

  /** The daemon's record, or what the broker wrote when it dead-lettered the message itself. */
  record(name: keyof typeof RECORD_HEADERS): FieldValue | undefined {
    return this.headers?.[RECORD_HEADERS[name]] ?? new Map<string, FieldValue>(Object.entries(this.death)).get(name);
  }

  get diedAt(): Date | undefined {
    const at = this.record('diedAt');
    return at instanceof Date && !Number.isNaN(at.getTime()) ? at : undefined;
  }

  /** Only identical messages share it. */
  get contentHash(): string {
    return contentHash(this.taken);
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
