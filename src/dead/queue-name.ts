import { DEAD_SUFFIX, deadQueueName } from '../failures/index.js';

/** Accepts `email` or `email.dead`; returns the dead queue's name. */
export function deadNameOf(name: string): string {
  return name.endsWith(DEAD_SUFFIX) ? name : deadQueueName(name);
}

/** The queue that messages without a recorded queue came from. */
export function originalNameOf(deadName: string): string {
  return deadName.endsWith(DEAD_SUFFIX) ? deadName.slice(0, -DEAD_SUFFIX.length) : deadName;
}
