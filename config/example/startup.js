/** Runs once in every worker thread; `thread` 0 is done before the others begin. */
export function startup({ thread, threads, logger }) {
  logger.info(`thread ${thread} of ${threads} is set up`);
}
