import { findFieldText, findHeaders, type ReceivedMessage } from '../amqp/index.js';
import { RECORD_HEADERS } from '../bridge/index.js';

/** RabbitMQ's default for quorum queues since 4.0. */
export const DEFAULT_DELIVERY_LIMIT = 20;

const DELIVERY_COUNT = Buffer.from('x-delivery-count');
const RETURNS = Buffer.from(RECORD_HEADERS.returns);
/** Each connection lost while the copy is in flight costs one. */
const MAX_MARGIN = 5;

/** How a message returns; `lost` is a closed channel or connection. */
export type Return = 'rejectRequeue' | 'nackRequeue' | 'lost';

export interface DeliveryLimitOptions {
  /** `x-delivery-limit` in the file; negative is unlimited. */
  readonly written: number | undefined;
  /** True for a declared classic queue or stream. */
  readonly isUnlimited: boolean;
  /** True for RabbitMQ 4.0 and later, which has a default limit. */
  readonly hasDefault: () => boolean;
  /** True for RabbitMQ 4.3 and later, which does not count a nack. */
  readonly ignoresNacks: () => boolean;
}

/**
 * How often a quorum queue takes a message back before it drops it, or dead-letters it without a guarantee
 * (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). A copy with a fresh count replaces a message
 * with few returns left. A limit set by a policy is invisible over AMQP.
 */
export class DeliveryLimit {
  private readonly options: DeliveryLimitOptions;

  constructor(options: DeliveryLimitOptions) {
    this.options = options;
  }

  get value(): number | undefined {
    const { written, isUnlimited, hasDefault } = this.options;
    if (isUnlimited) return undefined;
    if (written !== undefined) return written < 0 ? undefined : written;
    return hasDefault() ? DEFAULT_DELIVERY_LIMIT : undefined;
  }

  /** True when a few lost connections would use up the message's returns. */
  needsRenewal(message: ReceivedMessage): boolean {
    // Fast path for nearly every message.
    if (!message.redelivered) return false;
    const { value } = this;
    if (value === undefined) return false;
    const count = countOf(message);
    return count > 0 && value - count <= marginOf(value);
  }

  isLast(message: ReceivedMessage, how: Return): boolean {
    const { value } = this;
    return value !== undefined && this.counts(how) && countOf(message) >= value;
  }

  /** True when the message and its earlier copies have used up the limit. */
  isSpent(message: ReceivedMessage, how: Return): boolean {
    const { value } = this;
    return value !== undefined && this.counts(how) && returnsOf(message) >= value;
  }

  private counts(how: Return): boolean {
    return how !== 'nackRequeue' || !this.options.ignoresNacks();
  }
}

/** Includes the returns of earlier copies. */
export function returnsOf(message: ReceivedMessage): number {
  return countOf(message) + headerCount(message, RETURNS);
}

/** On a first delivery the header comes from a publisher. */
function countOf(message: ReceivedMessage): number {
  return message.redelivered ? headerCount(message, DELIVERY_COUNT) : 0;
}

function headerCount({ properties }: ReceivedMessage, name: Uint8Array): number {
  const headers = findHeaders(properties);
  const count = headers === undefined ? 0 : Number(findFieldText(headers, name));
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function marginOf(limit: number): number {
  return limit < 2 ? 0 : Math.max(1, Math.min(MAX_MARGIN, Math.floor(limit / 4)));
}
