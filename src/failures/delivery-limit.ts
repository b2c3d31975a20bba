import { findFieldText, findHeaders, type ReceivedMessage } from '../amqp/index.js';
import { RECORD_HEADERS } from '../protocol/index.js';

/** How often RabbitMQ delivers a message of a quorum queue again where nothing says otherwise, from 4.0 on. */
export const DEFAULT_DELIVERY_LIMIT = 20;

const DELIVERY_COUNT = Buffer.from('x-delivery-count');
const RETURNS = Buffer.from(RECORD_HEADERS.returns);
/** Returns to keep in hand: each connection that is lost while the copy is on its way takes one. */
const MAX_MARGIN = 5;

/** What the broker counts as a return; `lost` is a closed channel or connection. */
export type Return = 'rejectRequeue' | 'nackRequeue' | 'lost';

export interface DeliveryLimitOptions {
  /** `x-delivery-limit` of the queue, where the file says it. A negative one means: no limit. */
  readonly written: number | undefined;
  /** True for a queue that the file declares as one that has no such limit: classic, or a stream. */
  readonly isUnlimited: boolean;
  /** True for RabbitMQ 4.0 and later, which has a limit by default. */
  readonly hasDefault: () => boolean;
  /** True for RabbitMQ 4.3 and later, where a nack is no failed delivery. */
  readonly ignoresNacks: () => boolean;
}

/**
 * How often a quorum queue takes a message back. A message that comes back once more is dropped, or dead-lettered with no
 * guarantee that it arrives (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). So a message with few
 * returns left is replaced by a copy, whose count begins at 0, and one that has failed too often is dead.
 *
 * A limit that a policy sets is invisible over AMQP.
 */
export class DeliveryLimit {
  private readonly options: DeliveryLimitOptions;

  constructor(options: DeliveryLimitOptions) {
    this.options = options;
  }

  /** Undefined: no limit. */
  get value(): number | undefined {
    const { written, isUnlimited, hasDefault } = this.options;
    if (isUnlimited) return undefined;
    if (written !== undefined) return written < 0 ? undefined : written;
    return hasDefault() ? DEFAULT_DELIVERY_LIMIT : undefined;
  }

  /** True for a message that must not run before a copy has taken its place: lost a few times more, it would be gone. */
  needsRenewal(message: ReceivedMessage): boolean {
    // Nearly every message ends here.
    if (!message.redelivered) return false;
    const { value } = this;
    if (value === undefined) return false;
    const count = countOf(message);
    // A copy could not have a lower count than 0.
    return count > 0 && value - count <= marginOf(value);
  }

  /** True when this return would make the broker drop the message. */
  isLast(message: ReceivedMessage, how: Return): boolean {
    const { value } = this;
    return value !== undefined && this.counts(how) && countOf(message) >= value;
  }

  /** True when the message, its earlier copies included, has been delivered as often as the limit allows. */
  isSpent(message: ReceivedMessage, how: Return): boolean {
    const { value } = this;
    return value !== undefined && this.counts(how) && returnsOf(message) >= value;
  }

  private counts(how: Return): boolean {
    return how !== 'nackRequeue' || !this.options.ignoresNacks();
  }
}

/** How often the message has come back, as this queue and its earlier copies have counted. */
export function returnsOf(message: ReceivedMessage): number {
  return countOf(message) + headerCount(message, RETURNS);
}

/** The count of a quorum queue. On a first delivery it is what a publisher has copied from somewhere. */
function countOf(message: ReceivedMessage): number {
  return message.redelivered ? headerCount(message, DELIVERY_COUNT) : 0;
}

/** Anybody may have written it: what is no count counts for nothing. */
function headerCount({ properties }: ReceivedMessage, name: Uint8Array): number {
  const headers = findHeaders(properties);
  const count = headers === undefined ? 0 : Number(findFieldText(headers, name));
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function marginOf(limit: number): number {
  return limit < 2 ? 0 : Math.max(1, Math.min(MAX_MARGIN, Math.floor(limit / 4)));
}
