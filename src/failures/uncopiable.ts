import { DispatcherError, MessageTooLarge } from '../errors/index.js';

/** True when the broker will always refuse the copy: it exceeds `max_message_size`, or its headers exceed a frame. */
export function isUncopiable(error: unknown): boolean {
  return error instanceof MessageTooLarge || (error instanceof DispatcherError && error.code === 'PUBLISH_INVALID');
}
