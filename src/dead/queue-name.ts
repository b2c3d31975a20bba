import { DEAD_SUFFIX, deadQueueName } from '../failures/index.js';

/** The dead queue that somebody means by `email` or `email.dead`. */
export function deadNameOf(name: string): string {
  return name.endsWith(DEAD_SUFFIX) ? name : deadQueueName(name);
}

/** The queue that messages of a dead queue came from, where they do not say it themselves. */
export function originalNameOf(deadName: string): string {
  return deadName.endsWith(DEAD_SUFFIX) ? deadName.slice(0, -DEAD_SUFFIX.length) : deadName;
}
