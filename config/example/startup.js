import { Agent } from 'node:https';

/** Runs once in every worker thread; thread 0 completes before the others begin. */
export function startup({ thread, threads, logger }) {
  logger.info(`thread ${thread} of ${threads} is set up`);
  // Consumers get this object as context.resources.
  return { agent: new Agent({ keepAlive: true }) };
}

/** Undoes it when the thread ends. */
export function shutdown({ agent }) {
  agent.destroy();
}
