import { BrokerError, messageOf } from '../errors/index.js';
import type { BrokerAddress } from './broker-address.js';

const ACCESS_REFUSED = 403;
const NOT_ALLOWED = 530;
/** All that amqplib says when `connection.open` is answered by a close: the virtual host is unknown, or not for us. */
const VHOST_REFUSED = /Expected ConnectionOpenOk; got <ConnectionClose/;
/** During the handshake amqplib has the code in the message alone. Only there: a port or a host may be called 403 too. */
const CREDENTIALS_REFUSED = /^Handshake terminated by server: (403|530)\b/;

/** True when the broker answered, and does not want this user on this virtual host: no other attempt can help. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (code === ACCESS_REFUSED || code === NOT_ALLOWED) return true;
  return VHOST_REFUSED.test(error.message) || CREDENTIALS_REFUSED.test(error.message);
}

/** Says who was refused, where and why. */
export function refused(
  { username, vhost }: BrokerAddress,
  { host, port }: BrokerAddress['hosts'][number],
  cause: unknown,
): BrokerError {
  return new BrokerError(
    'BROKER_REFUSED',
    `the broker at ${host}:${port} refused user "${username}" on virtual host "${vhost}": ${refusalOf(cause)} ` +
      '(check the user, the password and the virtual host in RABBITMQ_URL)',
    { cause },
  );
}

/** An AggregateError of a host with several addresses has an empty message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return messageOf(error);
}

function refusalOf(cause: unknown): string {
  const message = messageOf(cause);
  return VHOST_REFUSED.test(message) ? 'the virtual host does not exist, or is not open to this user' : message;
}
