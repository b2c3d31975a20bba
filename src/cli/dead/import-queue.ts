import { isQueueNotFound } from '../../broker/index.js';
import type { Configuration } from '../../config/index.js';
import { DeadLetters, type DeadLettersOptions, deadNameOf } from '../../dead/index.js';
import { BrokerError } from '../../errors/index.js';

const QUEUE_TYPE = 'x-queue-type';

/**
 * Opens the queue to import into. Declares a missing `QUEUE.dead` of a consumer entry as the daemon does, because the
 * daemon would at the first dead message; any other queue has arguments that only its owner knows.
 * @throws BrokerError
 */
export async function openForImport(
  options: DeadLettersOptions,
  configuration: Configuration | undefined,
): Promise<DeadLetters> {
  const { queue } = options;
  try {
    return await DeadLetters.open(options);
  } catch (error) {
    if (!(error instanceof BrokerError && isQueueNotFound(error.cause))) throw error;
    const original = configuration?.consumers.find((entry) => deadNameOf(entry.queue) === queue)?.queue;
    if (configuration === undefined || original === undefined) {
      const remedy =
        configuration === undefined
          ? 'with --config FILE, import declares QUEUE.dead of a consumer entry as the daemon does; declare any other queue'
          : 'it is not QUEUE.dead of a consumer entry of the file, so declare it';
      const missing = `there is no queue "${queue}" on virtual host "${options.address.vhost}"`;
      throw new BrokerError('QUEUE_UNREADABLE', `${missing}; ${remedy}, then import again`, { cause: error });
    }
    const type = configuration.queues.find((declared) => declared.queue === original)?.arguments[QUEUE_TYPE];
    return DeadLetters.openOrDeclare(options, typeof type === 'string' ? type : undefined);
  }
}
