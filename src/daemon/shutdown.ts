import type { Logger } from 'pino';
import type { ConsumerConnection, Publisher } from '../broker/index.js';
import { type Delivery, type DeliveryFlow } from '../dispatch/index.js';
import type { ThreadPool } from '../threads/index.js';
import { durationText, pause } from '../timing/index.js';

/** For consumers to notice their aborted signal. */
const ABORT_GRACE_MS = 500;
const FORCED_CLOSE_MS = 1_000;

export interface ShutdownOptions {
  readonly flows: readonly DeliveryFlow[];
  readonly connection: ConsumerConnection;
  readonly publisher: Publisher;
  readonly pool: Pick<ThreadPool<Delivery>, 'abort' | 'stop' | 'kill'>;
  readonly shutdownTimeoutMs: number;
  /** Aborted by a second signal. */
  readonly kill: AbortSignal;
  readonly logger: Logger;
}

/** Stops everything under one deadline, in the order in which nothing is lost; returns true if it ended by itself. */
export async function shutDown(options: ShutdownOptions): Promise<boolean> {
  const { flows, connection, publisher, pool, logger, kill } = options;
  const until = performance.now() + options.shutdownTimeoutMs;
  const deadline = new AbortController();
  const expire = (): void => deadline.abort();
  // Not AbortSignal.timeout: under AbortSignal.any, Node.js 20 collects it too early.
  const timer = setTimeout(expire, options.shutdownTimeoutMs);
  if (kill.aborted) expire();
  kill.addEventListener('abort', expire);

  // Cancelled first: the broker would redeliver each released message to us.
  const cancelled = connection.drain();
  for (const flow of flows) void flow.drain();
  const drain = async (): Promise<void> => {
    await cancelled;
    const running = runningOf(flows);
    if (running > 0 && !deadline.signal.aborted) {
      const most = durationText(options.shutdownTimeoutMs);
      logger.info({ running }, `waiting up to ${most} for ${messages(running)}; a second signal stops at once`);
    }
    await Promise.all(flows.map((flow) => flow.drain()));
    await publisher.drain();
    await pool.stop(until - performance.now());
    // The forced stop has taken over.
    if (deadline.signal.aborted) return;
    await connection.stop(deadline.signal);
    await publisher.stop(deadline.signal);
  };
  const ended = await finishes(drain(), deadline.signal).finally(() => clearTimeout(timer));
  if (ended) return true;

  const running = runningOf(flows);
  logger.warn(
    { running, code: 'SHUTDOWN_TIMEOUT' },
    kill.aborted ? 'stopping at once: second signal' : `shutdown timeout: requeuing ${messages(running)}`,
  );
  pool.abort(
    kill.aborted ? 'the daemon is stopping at once' : 'the daemon is stopping and the shutdown timeout has passed',
  );
  const answered = Promise.all(flows.map((flow) => flow.drain()));
  await Promise.race([answered, pause(ABORT_GRACE_MS, kill)]);
  await pool.kill();
  // Closing sockets return everything to the broker.
  const forced = new AbortController();
  // Not AbortSignal.timeout: its timer does not keep the process alive, which would end with 13.
  const closing = setTimeout(() => forced.abort(), FORCED_CLOSE_MS);
  await Promise.all([connection.stop(forced.signal), publisher.stop(forced.signal)]);
  clearTimeout(closing);
  return false;
}

/** Ends the threads of a start that failed or was stopped; nothing runs yet. Returns true if they ended by themselves. */
export async function endStart({
  pool,
  shutdownTimeoutMs,
  kill,
}: Pick<ShutdownOptions, 'pool' | 'shutdownTimeoutMs' | 'kill'>): Promise<boolean> {
  const done = new AbortController();
  const stopped = pool.stop(shutdownTimeoutMs).then(() => done.abort());
  await pause(shutdownTimeoutMs, done.signal, kill);
  const ended = done.signal.aborted;
  await Promise.all([stopped, pool.kill()]);
  return ended;
}

function runningOf(flows: readonly DeliveryFlow[]): number {
  return flows.reduce((sum, flow) => sum + flow.running, 0);
}

function messages(running: number): string {
  return running === 1 ? '1 running message' : `${running} running messages`;
}

async function finishes(work: Promise<unknown>, deadline: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (deadline.aborted) resolve(false);
    deadline.addEventListener('abort', () => resolve(false));
    work.then(() => resolve(true), reject);
  });
}
