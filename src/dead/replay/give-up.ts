import type { Publisher } from '../../broker/index.js';
import { pause } from '../../timing/index.js';
import type { InFlightLimit } from './in-flight-limit.js';

const LOOK_MS = 100;

export interface GiveUpOptions {
  readonly publisher: Pick<Publisher, 'couldConfirm'>;
  readonly signal: AbortSignal;
}

/** After an interruption, waits for the messages in flight only while a broker could confirm them. */
export function giveUpWhenInterrupted(inFlight: InFlightLimit, { publisher, signal }: GiveUpOptions): void {
  const watch = async (): Promise<void> => {
    while (inFlight.size > 0 && publisher.couldConfirm) await pause(LOOK_MS);
    inFlight.abandon();
  };
  // Never rejects.
  const begin = (): void => void watch();
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
}
