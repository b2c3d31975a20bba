import { cutToBytes } from '../../amqp/index.js';
import { RECORD_HEADERS } from '../../bridge/index.js';
import { messageOf, stacksOf } from '../../errors/index.js';
import type { EndReason } from '../failure.js';
import type { MessageRecord } from '../message-record.js';

/** An error may quote a whole message, but headers must fit into a frame. */
const MAX_CAUSE_BYTES = 1_000;
const MAX_STACK_BYTES = 8 * 1024;
const BRIEF_CAUSE_BYTES = 100;

/** Where a message died. */
export interface DeathPlace {
  readonly queue: string;
  readonly consumer: string;
  readonly host: string;
}

/** Why a message died. */
export interface DeathCause {
  readonly reason: EndReason;
  readonly error: Error;
  readonly validationErrors?: readonly string[];
}

/** Builds the headers that record a death. */
export function deathRecord(
  place: DeathPlace,
  { reason, error, validationErrors }: DeathCause,
  at: Date,
): MessageRecord {
  const { queue, consumer, host } = place;
  return {
    [RECORD_HEADERS.queue]: queue,
    [RECORD_HEADERS.consumer]: consumer,
    [RECORD_HEADERS.reason]: reason,
    [RECORD_HEADERS.cause]: cutToBytes(messageOf(error), MAX_CAUSE_BYTES),
    [RECORD_HEADERS.errorType]: cutToBytes(typeOf(error), MAX_CAUSE_BYTES),
    ...(validationErrors === undefined ? stackOf(error) : { [RECORD_HEADERS.validationErrors]: validationErrors }),
    [RECORD_HEADERS.host]: host,
    [RECORD_HEADERS.diedAt]: at,
  };
}

/** Shortens the record for a message whose own headers nearly fill a frame. */
export function briefRecord(record: MessageRecord): MessageRecord {
  const { [RECORD_HEADERS.stack]: _stack, [RECORD_HEADERS.validationErrors]: _errors, ...rest } = record;
  const long = [RECORD_HEADERS.cause, RECORD_HEADERS.errorType];
  const cut = long.flatMap((name) => {
    const text = rest[name];
    return typeof text === 'string' ? [[name, cutToBytes(text, BRIEF_CAUSE_BYTES)] as const] : [];
  });
  return { ...rest, ...Object.fromEntries(cut) };
}

/** Equal shares, so that a long stack hides none of the others. */
function stackOf(error: Error): MessageRecord {
  const stacks = stacksOf(error);
  const share = Math.floor(MAX_STACK_BYTES / stacks.length) - 1;
  return { [RECORD_HEADERS.stack]: stacks.map((stack) => cutToBytes(stack, share)).join('\n') };
}

function typeOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : error.name;
}
