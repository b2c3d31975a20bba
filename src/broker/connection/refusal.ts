import { BrokerError, messageOf } from '../../errors/index.js';
import type { BrokerAddress } from './broker-address.js';

const CONNECTION_FORCED = 320;
const ACCESS_REFUSED = 403;
const NOT_ALLOWED = 530;

const CLOSED_BY_BROKER =
  /^(?:Connection closed:|Handshake terminated by server:|Channel closed by server:|Operation failed: \w+;) (\d+) \([^)]*\) with message "(.*)"$/s;

/**
 * AMQP has no code for a reached limit; RabbitMQ sends 530 or 406, as for permanent refusals (wordings of 3.10, 4.0 and
 * 4.3).
 */
const LIMIT_REACHED = /\blimit (?:in .+ )?(?:of )?\(?\d+\)? is reached|\bhas reached the maximum allowed\b/;
/** A node, queue or virtual host that is down or has no leader. */
const OUTAGE = /\bis down\b|\bdue to timeout$|\bis stopped by supervisor$|\bhas crashed and failed to restart$/;

/** The broker's reason for closing a channel or connection. */
export interface BrokerWords {
  readonly code: number;
  readonly text: string;
}

/** Returns the broker's words in amqplib's error; undefined for other errors. */
export function brokerWords(error: unknown): BrokerWords | undefined {
  const [, code, text] = CLOSED_BY_BROKER.exec(messageOf(error)) ?? [];
  return code === undefined || text === undefined ? undefined : { code: Number(code), text };
}

/** True when a retry may succeed: a limit was reached, or a node is down. */
export function mayPass(error: unknown): boolean {
  const { text } = brokerWords(error) ?? { text: '' };
  return LIMIT_REACHED.test(text) || OUTAGE.test(text);
}

/** True when the broker closed the connection because of a request. */
export function isReproach(error: unknown): boolean {
  const code = brokerWords(error)?.code;
  return code !== undefined && code !== CONNECTION_FORCED;
}

/** True when the broker refuses this user on this virtual host. */
export function isRefusal(error: unknown): boolean {
  const code = brokerWords(error)?.code;
  return (code === ACCESS_REFUSED || code === NOT_ALLOWED) && !mayPass(error);
}

/** Returns the error of a refused user or virtual host. */
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

/** Returns the broker's words or the error's message; an AggregateError's own is empty. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  // RabbitMQ explains a deprecated feature in several lines.
  return (brokerWords(error)?.text ?? messageOf(error)).replace(/\s+/g, ' ');
}
