import type { Logger } from 'pino';
import type { ConsumerConnection, Publisher } from '../broker/index.js';
import { type Delivery, type DeliveryFlow } from '../dispatch/index.js';
import type { ThreadPool } from '../threads/index.js';
import { pause } from '../timing/index.js';

/** How long a consumer may take to notice its aborted signal before its thread is terminated. */
const ABORT_GRACE_MS = 500;
/** How long a broker may take to answer the close of a forced stop. */
const FORCED_CLOSE_MS = 1_000;

export interface ShutdownOptions {
  readonly flows: readonly DeliveryFlow[];
  readonly connection: ConsumerConnection;
  readonly publisher: Publisher;
  readonly pool: ThreadPool<Delivery>;
  readonly shutdownTimeoutMs: number;
  /** Aborted by a second signal: stop waiting. */
  readonly kill: AbortSignal;
  readonly logger: Logger;
}

/**
 * Stops everything under one deadline, in the order in which nothing is lost: no new work, give back what has not begun,
 * let running work finish and its answers and publishes go out, shut the instances down, close. When the deadline comes
 * first: abort, terminate, and let the broker take back what ran.
 *
 * @returns true when everything ended by itself
 */
export async function shutDown(options: ShutdownOptions): Promise<boolean> {
  const { flows, connection, publisher, pool, logger, kill } = options;
  const deadline = new AbortController();
  const expire = (): void => deadline.abort();
  // Not AbortSignal.timeout: under AbortSignal.any nothing holds it, and Node.js 20 collects it before its time.
  const timer = setTimeout(expire, options.shutdownTimeoutMs);
  if (kill.aborted) expire();
  kill.addEventListener('abort', expire);

  // basic.cancel is written before the releases: the broker would hand each released message to us again.
  const cancelled = connection.cancel();
  for (const flow of flows) flow.stop();
  const drain = async (): Promise<void> => {
    await cancelled;
    await Promise.all(flows.map((flow) => flow.drained()));
    await publisher.flushed();
    await pool.stop();
    await connection.close();
    await publisher.close();
  };
  const ended = await finishes(drain(), deadline.signal).finally(() => clearTimeout(timer));
  if (ended) return true;

  const running = flows.reduce((sum, flow) => sum + flow.running, 0);
  logger.warn(
    { running, code: 'SHUTDOWN_TIMEOUT' },
    kill.aborted ? 'stopping at once: second signal' : `shutdown timeout: requeuing ${running} running messages`,
  );
  pool.abort(
    kill.aborted ? 'the daemon is stopping at once' : 'the daemon is stopping and the shutdown timeout has passed',
  );
  if (!kill.aborted) {
    const answered = Promise.all(flows.map((flow) => flow.drained()));
    await Promise.race([answered, pause(ABORT_GRACE_MS, kill)]);
  }
  await pool.kill();
  // A broker that no longer answers takes everything back when the process, and its sockets, are gone.
  await finishes(Promise.all([connection.close(), publisher.close()]), AbortSignal.timeout(FORCED_CLOSE_MS));
  return false;
}

async function finishes(work: Promise<unknown>, deadline: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (deadline.aborted) resolve(false);
    deadline.addEventListener('abort', () => resolve(false));
    work.then(() => resolve(true), reject);
  });
}
