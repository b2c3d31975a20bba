import { boundedErrors } from '../../src/bridge/index.js';
import { DeliveryError } from '../../src/errors/index.js';

/** Thrown in place of calling a consumer: the message is not what its entry decodes. Code `MESSAGE_INVALID`. */
export class InvalidMessage extends DeliveryError {
  /** Not `errors`: they have a header of their own, and must not be told as the errors behind this one. */
  readonly validationErrors: readonly string[];

  /** @param errors at least one, in sentences */
  constructor(errors: readonly string[]) {
    const bounded = boundedErrors(errors);
    const [first = 'the message is invalid'] = bounded;
    super('MESSAGE_INVALID', errors.length > 1 ? `${first} (and ${errors.length - 1} more)` : first);
    this.validationErrors = bounded;
  }
}
