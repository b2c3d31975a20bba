import type { ErrorCode } from './codes.js';
import { messageOf } from './error-text.js';

/** Base of every error that this program raises; match on `code`, never on the message. */
export class DispatcherError extends Error {
  override readonly name: string = 'DispatcherError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the user configured cannot work: fix the file, the environment or the module. Blast radius: the start. */
export class ConfigurationError extends DispatcherError {
  override readonly name: string = 'ConfigurationError';
}

/** One delivery or one publish went wrong; everything else goes on. */
export class DeliveryError extends DispatcherError {
  override readonly name: string = 'DeliveryError';
}

/** A message is larger than the broker's `max_message_size`: no other attempt can help, as long as that is so. */
export class MessageTooLarge extends DeliveryError {
  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_REFUSED', message, options);
  }
}

/** A consumer class or its thread cannot serve; its deliveries are released. */
export class ConsumerError extends DispatcherError {
  override readonly name: string = 'ConsumerError';
}

/** The broker or the way to it failed. */
export class BrokerError extends DispatcherError {
  override readonly name: string = 'BrokerError';
}

/** An Error for anything that was thrown; what is none, or cannot even be asked, becomes the cause of one. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A proxy whose traps throw: all that can be said is said below.
  }
  return new Error(messageOf(thrown), { cause: thrown });
}
