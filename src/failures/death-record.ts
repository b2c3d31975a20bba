import { cutToBytes } from '../amqp/index.js';
import { messageOf, stacksOf } from '../errors/index.js';
import { RECORD_HEADERS } from '../protocol/index.js';
import type { EndReason } from './failure.js';
import type { MessageRecord } from './message-record.js';

/** An error may tell of a whole message, and headers must fit into a frame: a copy that does not is never put aside. */
const MAX_CAUSE_BYTES = 1_000;
const MAX_STACK_BYTES = 8 * 1024;
const BRIEF_CAUSE_BYTES = 100;

/** Where messages die. */
export interface DeathPlace {
  readonly queue: string;
  /** The consumer's name. */
  readonly consumer: string;
  readonly host: string;
}

/** Why a message is dead. */
export interface DeathCause {
  readonly reason: EndReason;
  readonly error: Error;
  /** Of a message that never reached its consumer. */
  readonly validationErrors?: readonly string[];
}

/** The headers that tell of a message's death. */
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

/** The same for a message whose own headers leave little room in a frame: they come first. */
export function briefRecord(record: MessageRecord): MessageRecord {
  const { [RECORD_HEADERS.stack]: _stack, [RECORD_HEADERS.validationErrors]: _errors, ...rest } = record;
  const long = [RECORD_HEADERS.cause, RECORD_HEADERS.errorType];
  const cut = long.flatMap((name) => {
    const text = rest[name];
    return typeof text === 'string' ? [[name, cutToBytes(text, BRIEF_CAUSE_BYTES)] as const] : [];
  });
  return { ...rest, ...Object.fromEntries(cut) };
}

/** Its own, and those of its causes and errors; each gets its share, so that a long one hides none of the others. */
function stackOf(error: Error): MessageRecord {
  const stacks = stacksOf(error);
  const share = Math.floor(MAX_STACK_BYTES / stacks.length) - 1;
  return { [RECORD_HEADERS.stack]: stacks.map((stack) => cutToBytes(stack, share)).join('\n') };
}

/** What the error is: its code tells more than its name, where it has one. */
function typeOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : error.name;
}
