import { MessageMemory } from '../../amqp/index.js';
import { watchConnection } from '../connection/live-connection.js';
import { connectOnce } from '../connection/one-connection.js';
import { ensureQueue } from '../topology/declaration.js';
import type { QueueReaderOptions } from './queue-reader.js';

/** Declares a durable queue unless it exists. @throws BrokerError `BROKER_REFUSED`, `BROKER_UNREACHABLE`, or the broker's refusal */
export async function declareQueue(
  { queue, ...options }: QueueReaderOptions,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  const live = watchConnection(await connectOnce({ ...options, memory: new MessageMemory() }));
  try {
    await ensureQueue(live, queue, args);
  } finally {
    await live.opened.close().catch(() => undefined);
  }
}
