import type { OutgoingMessage, Publish } from '../../amqp/index.js';
import { encodeOutgoing } from '../../bridge/index.js';
import { DeliveryError, MessageTooLarge, messageOf } from '../../errors/index.js';
import { mayPass } from '../connection/refusal.js';

/** AMQP's hard errors begin here: they end the connection (section 1.2 of the specification). */
const FIRST_HARD_ERROR = 501;
const CLOSED_BY_BROKER = /^Connection closed: /;
const TOO_LARGE = /message size (\d+) is larger than configured max size (\d+)/;
const ACCESS_REFUSED = 403;

/** True when the broker ended the connection because of a message. */
export function isOverWhatWasSent(error: Error): boolean {
  return CLOSED_BY_BROKER.test(error.message) && codeOf(error) >= FIRST_HARD_ERROR && !mayPass(error);
}

/** Returns the broker's `max_message_size` in bytes, if the message exceeded it. */
export function sizeLimitIn({ message }: Error): number | undefined {
  const [, , limit] = TOO_LARGE.exec(message) ?? [];
  return limit === undefined ? undefined : Number(limit);
}

/** True when the broker refuses every message to the exchange. */
export function isForbidden(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && codeOf(cause) === ACCESS_REFUSED;
}

/** Returns the error of the message that made the broker close a channel or connection. */
export function refusedOver(cause: Error): DeliveryError {
  const [, size, limit] = TOO_LARGE.exec(cause.message) ?? [];
  if (size === undefined) {
    return new DeliveryError('PUBLISH_REFUSED', `the broker refused the message: ${cause.message}`, { cause });
  }
  const why = `its body has ${size} bytes, and the broker's max_message_size is ${limit}`;
  return new MessageTooLarge(
    `the broker refused the message: ${why} (16 MiB by default from RabbitMQ 4.0 on, 128 MiB before; set it in rabbitmq.conf)`,
    { cause },
  );
}

/** @throws DeliveryError `PUBLISH_INVALID` */
export function encoded(publish: Publish): OutgoingMessage {
  try {
    return encodeOutgoing(publish);
  } catch (error) {
    throw new DeliveryError('PUBLISH_INVALID', `publish: ${messageOf(error)}`, { cause: error });
  }
}

function codeOf(error: Error): number {
  return 'code' in error ? Number(error.code) : Number.NaN;
}
