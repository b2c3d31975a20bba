import { DeliveryError, type DispatcherError } from '../../src/errors/index.js';

export type Warn = (error: DispatcherError) => void;

/** Logged; ends no thread when nobody awaits it. */
export function refused(error: DeliveryError, warn: Warn): Promise<void> {
  warn(error);
  const rejected = Promise.reject(error);
  rejected.catch(() => undefined);
  return rejected;
}

export function lost(what: string): DeliveryError {
  return new DeliveryError(
    'DELIVERY_LOST',
    `${what} refused: the channel of this delivery closed; the broker redelivers the message`,
  );
}

export function alreadySettled(): DeliveryError {
  return new DeliveryError('DELIVERY_ALREADY_SETTLED', 'this delivery has already been answered');
}
