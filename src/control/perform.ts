import type { ControlActions } from './actions.js';
import { type ControlRequest, refused } from './protocol.js';

/** Performs a request and returns its result. @throws DispatcherError `CONTROL_REFUSED` */
export function perform(actions: ControlActions, { verb, args, by }: ControlRequest): unknown {
  switch (verb) {
    case 'status':
      return actions.status();
    case 'running':
      return actions.running();
    case 'pause':
      return actions.pause(text(args['entry'], 'entry'), by);
    case 'resume':
      return args['all'] === true ? actions.resumeAll(by) : actions.resume(text(args['entry'], 'entry'), by);
    case 'quiet':
      return actions.quiet(by);
    default:
      throw refused(`${verb} is not there yet`);
  }
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refused(`${name} is missing`);
}
