import { DispatcherError, MessageTooLarge } from '../errors/index.js';

/** True for a copy that will be refused each time: it is larger than `max_message_size`, or its headers than a frame. */
export function isUncopiable(error: unknown): boolean {
  return error instanceof MessageTooLarge || (error instanceof DispatcherError && error.code === 'PUBLISH_INVALID');
}
