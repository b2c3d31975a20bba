import type { ErrorCode } from './codes.cjs';

/** Base of all our errors; match on `code`, never on the message. */
export class DispatcherError extends Error {
  override readonly name: string = 'DispatcherError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The start fails: the user must fix the file, the environment or a module. */
export class ConfigurationError extends DispatcherError {
  override readonly name: string = 'ConfigurationError';
}

/** One delivery or publish failed; everything else goes on. */
export class DeliveryError extends DispatcherError {
  override readonly name: string = 'DeliveryError';
}

/** The message exceeds the broker's `max_message_size`, so a retry cannot help. */
export class MessageTooLarge extends DeliveryError {
  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_REFUSED', message, options);
  }
}

/** A consumer class or its thread cannot serve; its deliveries are released. */
export class ConsumerError extends DispatcherError {
  override readonly name: string = 'ConsumerError';
}

/** The broker or the connection to it failed. */
export class BrokerError extends DispatcherError {
  override readonly name: string = 'BrokerError';
}
