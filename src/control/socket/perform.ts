import { assertNever } from '../../bridge/index.js';
import type { ControlActions } from '../actions.js';
import { type ControlRequest, refused } from './protocol.js';

/** Performs a request and returns its result. @throws DispatcherError `CONTROL_REFUSED` */
export function perform(actions: ControlActions, { verb, args, by }: ControlRequest): unknown {
  switch (verb) {
    case 'status':
      return actions.status();
    case 'running':
      return actions.running();
    case 'live':
      return actions.live.read();
    case 'pause':
      return actions.pause(text(args['entry'], 'entry'), by);
    case 'resume':
      return args['all'] === true ? actions.resumeAll(by) : actions.resume(text(args['entry'], 'entry'), by);
    case 'quiet':
      return actions.quiet(by);
    case 'abort':
      return actions.abort({ id: wholeNumber(args['id'], 'id'), hard: args['hard'] === true }, by);
    case 'recycle':
      return actions.recycle(args['group'] === undefined ? undefined : text(args['group'], 'group'), by);
    case 'stack':
      return actions.inspections.stack(threadNumber(args['thread']), by);
    case 'profile':
      return actions.inspections.profile({ thread: threadNumber(args['thread']), for: text(args['for'], 'for') }, by);
    case 'heap':
      return actions.inspections.heap(threadNumber(args['thread']), by);
    case 'set':
      return actions.set(
        { entry: text(args['entry'], 'entry'), key: text(args['key'], 'key'), value: text(args['value'], 'value') },
        by,
      );
    default:
      return assertNever(verb);
  }
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refused(`${name} is missing`);
}

function threadNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw refused('thread is a whole number, 0 or more');
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw refused(`${name} is a whole number above 0`);
}
