import { BrokerError, messageOf } from '../../errors/index.js';
import type { BrokerAddress } from './broker-address.js';

const CONNECTION_FORCED = 320;
const ACCESS_REFUSED = 403;
const NOT_ALLOWED = 530;

/** How amqplib reports a close by the broker, of a channel or of the connection. */
const CLOSED_BY_BROKER =
  /^(?:Connection closed:|Handshake terminated by server:|Channel closed by server:|Operation failed: \w+;) (\d+) \([^)]*\) with message "(.*)"$/s;

/**
 * Limits of connections, channels, queues and exchanges. AMQP has no code of their own for them: they come as 530 or 406, as
 * refusals do that never pass (all wordings seen with RabbitMQ 3.10, 4.0 and 4.3).
 */
const LIMIT_REACHED = /\blimit (?:in .+ )?(?:of )?\(?\d+\)? is reached|\bhas reached the maximum allowed\b/;
/** A node, a queue or a virtual host that is away, or has no leader yet. */
const OUTAGE = /\bis down\b|\bdue to timeout$|\bis stopped by supervisor$|\bhas crashed and failed to restart$/;

/** What a broker said as it closed a channel or a connection. */
export interface BrokerWords {
  readonly code: number;
  /** `NOT_ALLOWED - vhost shop not found` */
  readonly text: string;
}

/** The broker's own words in an error of amqplib; undefined for one that is not the broker's. */
export function brokerWords(error: unknown): BrokerWords | undefined {
  const [, code, text] = CLOSED_BY_BROKER.exec(messageOf(error)) ?? [];
  return code === undefined || text === undefined ? undefined : { code: Number(code), text };
}

/** True when the broker refused what it may take later, with nothing changed here: a limit was reached, a node is down. */
export function mayPass(error: unknown): boolean {
  const { text } = brokerWords(error) ?? { text: '' };
  return LIMIT_REACHED.test(text) || OUTAGE.test(text);
}

/** True when the broker closed the connection over something that was asked of it, not because of itself or an operator. */
export function isReproach(error: unknown): boolean {
  const code = brokerWords(error)?.code;
  return code !== undefined && code !== CONNECTION_FORCED;
}

/** True when the broker does not want this user on this virtual host: no other attempt can help. */
export function isRefusal(error: unknown): boolean {
  const code = brokerWords(error)?.code;
  return (code === ACCESS_REFUSED || code === NOT_ALLOWED) && !mayPass(error);
}

/** Says who was refused, where and why. */
export function refused(
  { username, vhost }: BrokerAddress,
  { host, port }: BrokerAddress['hosts'][number],
  cause: unknown,
): BrokerError {
  return new BrokerError(
    'BROKER_REFUSED',
    `the broker at ${host}:${port} refused user "${username}" on virtual host "${vhost}": ${reasonOf(cause)} ` +
      '(check the user, the password and the virtual host in RABBITMQ_URL)',
    { cause },
  );
}

/** The broker's words where it said any. An AggregateError of a host with several addresses has an empty message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  // RabbitMQ explains a deprecated feature in several lines.
  return (brokerWords(error)?.text ?? messageOf(error)).replace(/\s+/g, ' ');
}
