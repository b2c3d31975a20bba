import { DispatcherError } from '../../errors/index.js';

/** An error whose message the page shows unchanged. */
export function refused(message: string): DispatcherError {
  return new DispatcherError('CONTROL_REFUSED', message);
}
