import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs in every worker thread before its first consumer is constructed: the place to open a database pool or load a
 * model. Thread 0 completes before the others begin. The consumers of the thread get what it returns as
 * `context.resources`. Here, a file that has the mails of this thread.
 *
 * @param {import('amqp-dispatcher').StartupContext} context
 */
export async function startup({ thread, threads, logger }) {
  if (thread === 0) logger.info('startup handler: what must happen once, such as a migration, happens on thread 0');
  const folder = await mkdtemp(join(tmpdir(), 'shop-'));
  const outbox = await open(join(folder, 'outbox.txt'), 'a');
  logger.info(`startup handler: thread ${thread} of ${threads} is set up`);
  return { folder, outbox };
}

/**
 * Undoes it when the thread ends, after `shutdown` of its consumers.
 *
 * @param {import('amqp-dispatcher').Resources<typeof startup>} resources
 * @param {import('amqp-dispatcher').StartupContext} context
 */
export async function shutdown({ folder, outbox }, { thread, logger }) {
  const { size } = await outbox.stat();
  await outbox.close();
  await rm(folder, { recursive: true });
  logger.info(`shutdown: thread ${thread} closed its outbox of ${size} bytes`);
}
