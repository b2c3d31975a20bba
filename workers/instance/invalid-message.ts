import { boundedErrors } from '../../src/bridge/index.js';
import { DeliveryError } from '../../src/errors/index.js';

/** Thrown instead of calling a consumer. Code `MESSAGE_INVALID`. */
export class InvalidMessage extends DeliveryError {
  /** Not `errors`, which logs show as errors behind this one. */
  readonly validationErrors: readonly string[];

  constructor(errors: readonly string[]) {
    const bounded = boundedErrors(errors);
    const [first = 'the message is invalid'] = bounded;
    super('MESSAGE_INVALID', errors.length > 1 ? `${first} (and ${errors.length - 1} more)` : first);
    this.validationErrors = bounded;
  }
}
