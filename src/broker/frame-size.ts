import { messageOf } from '../errors/index.js';

/** RabbitMQ 4.1 and later neither offer nor take less (https://www.rabbitmq.com/docs/configure#config-items). */
const LEAST_BYTES = 8_192;

/** What is to be said of the frame size that was agreed with a broker: a small one refuses headers that others take. */
export function frameSizeWarning({ connection }: { readonly connection: object }): string | undefined {
  const bytes = 'frameMax' in connection ? connection.frameMax : undefined;
  if (typeof bytes !== 'number' || bytes >= LEAST_BYTES) return undefined;
  return (
    `the broker's frame_max is ${bytes}: messages with more than about ${bytes} bytes of headers and properties cannot be published, ` +
    `nor retried or put aside; RabbitMQ 4.1 and later take no less than ${LEAST_BYTES} (frame_max in rabbitmq.conf, 131072 by default)`
  );
}

/** The broker gave its reason. */
const SAID = /terminated by server|ConnectionClose/;

/**
 * What a broker offers while a connection is opened. RabbitMQ 4.1 and later offer what rabbitmq.conf says, and close the socket
 * without a word on whoever agrees to less than they take.
 */
export class FrameOffer {
  private bytes = Number.NaN;

  note(bytes: number): void {
    this.bytes = bytes;
  }

  /** The error that ended the attempt, with the reason that the broker did not give. */
  explain(error: unknown): unknown {
    // 0 is no limit.
    if (!(this.bytes > 0 && this.bytes < LEAST_BYTES) || SAID.test(messageOf(error))) return error;
    const why = `the broker's frame_max is ${this.bytes}, and RabbitMQ 4.1 and later take no less than ${LEAST_BYTES}`;
    return new Error(`${messageOf(error)} (${why}: set it in rabbitmq.conf)`, { cause: error });
  }
}
