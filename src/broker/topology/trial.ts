import { MessageMemory } from '../../amqp/index.js';
import { pause } from '../../timing/index.js';
import type { ConnectionOptions } from '../connection/broker-connection.js';
import { causeOf, watchConnection } from '../connection/live-connection.js';
import { connectOnce } from '../connection/one-connection.js';
import { reasonOf } from '../connection/refusal.js';
import type { Request } from './culprits.js';
import { openChannel } from './declaration.js';

const CLOSE_TIMEOUT_MS = 2_000;

export interface TrialOptions extends Pick<ConnectionOptions, 'address' | 'name' | 'settings' | 'random' | 'connect'> {
  readonly signal: AbortSignal;
}

/**
 * Tries a request on a connection of its own, which the broker may close; returns the reason of a refusal. It consumes
 * nothing, because that would count as a delivery.
 */
export async function tryAlone({ declare }: Request, options: TrialOptions): Promise<string | undefined> {
  try {
    const opened = await connectOnce({ ...options, name: `${options.name}.trial`, memory: new MessageMemory() });
    const connection = watchConnection(opened);
    try {
      const channel = await openChannel(opened);
      await declare?.(channel);
      return undefined;
    } catch (error) {
      return reasonOf(causeOf(connection, error));
    } finally {
      // Closing may free the channel that the retry needs.
      const closed = opened.close().catch(() => undefined);
      await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, options.signal)]);
    }
  } catch (error) {
    return reasonOf(error);
  }
}
