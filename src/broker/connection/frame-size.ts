import { messageOf } from '../../errors/index.js';

/** RabbitMQ 4.1 and later neither offer nor take less (https://www.rabbitmq.com/docs/configure#config-items). */
const LEAST_BYTES = 8_192;

/** What is to be said of the frame size that was agreed with a broker: a small one refuses headers that others take. */
export function frameSizeWarning(bytes: number): string | undefined {
  if (bytes >= LEAST_BYTES) return undefined;
  return (
    `the broker's frame_max is ${bytes}: messages with more than about ${bytes} bytes of headers and properties cannot be published, ` +
    `retried or dead-lettered; RabbitMQ 4.1 and later require at least ${LEAST_BYTES} (frame_max in rabbitmq.conf, 131072 by default)`
  );
}

/** The broker gave its reason. */
const SAID = /terminated by server|ConnectionClose/;

/**
 * The error that ended an attempt, with the reason that the broker did not give. RabbitMQ 4.1 and later offer what rabbitmq.conf
 * says, and close the socket without a word on whoever agrees to less than they take.
 * @param offered bytes; undefined when the attempt had ended before the offer, 0 is no limit
 */
export function explainedByOffer(error: unknown, offered: number | undefined): unknown {
  if (offered === undefined || offered === 0 || offered >= LEAST_BYTES || SAID.test(messageOf(error))) return error;
  const why = `the broker's frame_max is ${offered}, and RabbitMQ 4.1 and later require at least ${LEAST_BYTES}`;
  return new Error(`${messageOf(error)} (${why}: set it in rabbitmq.conf)`, { cause: error });
}
