import { decodeRoute, type Publish, type ReceivedMessage } from '../../amqp/index.js';
import { type EndReason, isUncopyable } from '../failure.js';
import { copyFor, type MessageRecord } from '../message-record.js';
import { lifetimeOf, withoutLifetime } from '../retry/lifetime.js';
import { deathEntry } from './death-entry.js';

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;

export interface DeadLetterExchangeOptions {
  readonly queue: string;
  /** Empty for the default exchange. */
  readonly exchange: string;
  /** Absent: the message's own routing key. */
  readonly routingKey: string | undefined;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly now: () => Date;
  /** True for RabbitMQ 3.13 and later. */
  readonly namesLastDeath: () => boolean;
}

/**
 * - `routed`: at least one queue took the message;
 * - `nowhere`: the exchange does not exist, or no queue took the message;
 * - `forbidden`: only the broker may publish there, or a message this large.
 */
export type DeadLettered = 'routed' | 'nowhere' | 'forbidden';

/**
 * The broker dead-letters at most once and drops unroutable messages (https://www.rabbitmq.com/docs/dlx#safety), so we
 * publish to the exchange, mandatory and confirmed.
 */
export class DeadLetterExchange {
  readonly name: string;
  private readonly options: DeadLetterExchangeOptions;

  constructor(options: DeadLetterExchangeOptions) {
    this.options = options;
    this.name = options.exchange;
  }

  /** @throws when the broker is down, or refuses for another reason, such as a full queue */
  async publish(message: ReceivedMessage, record: MessageRecord, reason: EndReason): Promise<DeadLettered> {
    const { queue, exchange, routingKey, publish, now, namesLastDeath } = this.options;
    const target = {
      exchange,
      routingKey: routingKey ?? decodeRoute(message.route).routingKey,
      keepsMoreRoutes: routingKey === undefined,
    };
    const death = deathEntry(message, { queue, reason, at: now(), namesLast: namesLastDeath() });
    const copy = copyFor(message, target, { ...lifetimeOf(message), ...death, ...record });
    try {
      await publish(withoutLifetime(copy));
      return 'routed';
    } catch (error) {
      if (codeOf(error) === 'PUBLISH_UNROUTABLE') return 'nowhere';
      const brokerCode = codeOf(error instanceof Error ? error.cause : undefined);
      if (brokerCode === NOT_FOUND) return 'nowhere';
      if (brokerCode === ACCESS_REFUSED || isUncopyable(error)) return 'forbidden';
      throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
