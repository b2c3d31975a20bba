import { DEAD_SUFFIX, deadQueueName } from '../failures/index.js';

/** Accepts `email` or `email.dead`; returns the dead queue's name. */
export function deadNameOf(name: string): string {
  return name.endsWith(DEAD_SUFFIX) ? name : deadQueueName(name);
}

/** The queue that messages without a recorded queue came from; undefined when the name does not tell. */
export function originalNameOf(deadName: string): string | undefined {
  return deadName.endsWith(DEAD_SUFFIX) ? deadName.slice(0, -DEAD_SUFFIX.length) : undefined;
}
