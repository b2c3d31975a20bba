import { messageOf } from '../../errors/index.js';

/** RabbitMQ 4.1 and later neither offer nor accept less (https://www.rabbitmq.com/docs/configure#config-items). */
const LEAST_BYTES = 8_192;

/** Returns a warning for a frame size too small for usual headers. */
export function frameSizeWarning(bytes: number): string | undefined {
  if (bytes >= LEAST_BYTES) return undefined;
  return (
    `the broker's frame_max is ${bytes}: messages with more than about ${bytes} bytes of headers and properties cannot be published, ` +
    `retried or dead-lettered; RabbitMQ 4.1 and later require at least ${LEAST_BYTES} (frame_max in rabbitmq.conf, 131072 by default)`
  );
}

const SAID = /terminated by server|ConnectionClose/;

/**
 * Adds the reason that the broker did not give: RabbitMQ 4.1 and later offer the frame_max of rabbitmq.conf, but
 * silently close the socket of a client that agrees to less than their minimum.
 * @param offered bytes; undefined before the offer, 0 is unlimited
 */
export function explainedByOffer(error: unknown, offered: number | undefined): unknown {
  if (offered === undefined || offered === 0 || offered >= LEAST_BYTES || SAID.test(messageOf(error))) return error;
  const why = `the broker's frame_max is ${offered}, and RabbitMQ 4.1 and later require at least ${LEAST_BYTES}`;
  return new Error(`${messageOf(error)} (${why}: set it in rabbitmq.conf)`, { cause: error });
}
