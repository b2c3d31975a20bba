/** Every worker thread runs this once; thread 0 completes it before the others begin. */
export function startup({ thread, threads, logger }) {
  logger.info(`thread ${thread} of ${threads} is set up`);
}
