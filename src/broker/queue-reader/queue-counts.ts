import { MessageMemory } from '../../amqp/index.js';
import { asError, BrokerError, messageOf } from '../../errors/index.js';
import { unlessAborted } from '../../timing/index.js';
import { causeOf, watchConnection } from '../connection/live-connection.js';
import { connectOnce } from '../connection/one-connection.js';
import { isNotFound, readyMessages } from '../topology/declaration.js';
import type { QueueReaderOptions } from './queue-reader.js';

/**
 * Counts the ready messages of queues over one connection, or says why one cannot be counted. It takes no message, so no
 * delivery count grows. A queue that does not exist has none.
 * @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`
 */
export async function countReady(
  options: Omit<QueueReaderOptions, 'queue'>,
  queues: readonly string[],
): Promise<ReadonlyMap<string, number | Error>> {
  const live = watchConnection(await connectOnce({ ...options, memory: new MessageMemory() }));
  const counts = new Map<string, number | Error>();
  try {
    for (const queue of queues) {
      options.signal.throwIfAborted();
      try {
        // amqplib never settles a call whose connection dies meanwhile.
        counts.set(queue, await unlessAborted(readyMessages(live.opened, queue), live.gone));
      } catch (error) {
        if (live.gone.aborted) throw lost(causeOf(live, error));
        counts.set(queue, isNotFound(error) ? 0 : asError(error));
      }
    }
    return counts;
  } finally {
    await live.opened.close().catch(() => undefined);
  }
}

function lost(cause: unknown): BrokerError {
  return new BrokerError('BROKER_UNREACHABLE', `the connection was lost: ${messageOf(cause)}`, { cause });
}
