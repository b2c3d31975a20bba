import { decodeRoute, type Publish, type ReceivedMessage } from '../amqp/index.js';
import { deathEntry } from './death-entry.js';
import type { EndReason } from './failure.js';
import { lifetimeOf, withoutLifetime } from './lifetime.js';
import { copyFor, type MessageRecord } from './message-record.js';
import { isUncopiable } from './uncopiable.js';

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;

export interface DeadLetterExchangeOptions {
  /** The queue that it belongs to. */
  readonly queue: string;
  /** `x-dead-letter-exchange`; empty for the default exchange. */
  readonly exchange: string;
  /** `x-dead-letter-routing-key`; absent: what the message was published with. */
  readonly routingKey: string | undefined;
  readonly publish: (publish: Publish) => Promise<void>;
  readonly now: () => Date;
  /** True where the broker itself names the last death in a header: RabbitMQ 3.13 and later. */
  readonly namesLastDeath: () => boolean;
}

/**
 * - `routed`: at least one queue has it;
 * - `nowhere`: the exchange does not exist, or no queue took the message;
 * - `forbidden`: the user may not publish there, or nobody may, or not so large a message; the broker itself may.
 */
export type DeadLettered = 'routed' | 'nowhere' | 'forbidden';

/**
 * The dead-letter exchange of a queue. The broker's own dead-lettering is at most once, and drops what the exchange does not
 * route (https://www.rabbitmq.com/docs/dlx#safety): so the message is published there, mandatory and confirmed.
 */
export class DeadLetterExchange {
  readonly name: string;
  private readonly options: DeadLetterExchangeOptions;

  constructor(options: DeadLetterExchangeOptions) {
    this.options = options;
    this.name = options.exchange;
  }

  /** @throws when the broker refuses for another reason, such as a full queue, or is away */
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
      // Its lifetime must not end it a second time.
      await publish(withoutLifetime(copy));
      return 'routed';
    } catch (error) {
      if (codeOf(error) === 'PUBLISH_UNROUTABLE') return 'nowhere';
      const brokerCode = codeOf(error instanceof Error ? error.cause : undefined);
      if (brokerCode === NOT_FOUND) return 'nowhere';
      if (brokerCode === ACCESS_REFUSED || isUncopiable(error)) return 'forbidden';
      throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
