import type { ControlActions } from './actions.js';
import { type ControlRequest, refused } from './protocol.js';

/** Performs a request and returns its result. @throws DispatcherError `CONTROL_REFUSED` */
export function perform(actions: ControlActions, { verb }: ControlRequest): unknown {
  switch (verb) {
    case 'status':
      return actions.status();
    case 'running':
      return actions.running();
    default:
      throw refused(`${verb} is not there yet`);
  }
}
