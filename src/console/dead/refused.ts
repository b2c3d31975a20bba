import { DispatcherError } from '../../errors/index.js';

/** An error that the page shows as it stands. */
export function refused(message: string): DispatcherError {
  return new DispatcherError('CONTROL_REFUSED', message);
}
