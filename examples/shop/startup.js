/**
 * Runs in every worker thread before its first consumer is constructed: the place to open a database pool or load a
 * model. Thread 0 completes before the others begin.
 *
 * @param {import('amqp-dispatcher').StartupContext} context
 */
export async function startup({ thread, threads, logger }) {
  if (thread === 0) logger.info('startup handler: what must happen once, such as a migration, happens on thread 0');
  logger.info(`startup handler: thread ${thread} of ${threads} is set up`);
}
