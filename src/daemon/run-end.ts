import type { Logger } from 'pino';
import { ConfigurationError, ERROR_CODES, messageOf } from '../errors/index.js';

/** `misconfigured`: a module or class of the file is unusable. */
export type RunEnd = 'stopped' | 'failed' | 'misconfigured';

/**
 * Logs how the daemon ended, and returns it.
 * @param failure the first one, if any
 * @param isGraceful false: the deadline or a second signal ended it
 */
export function logEnd(logger: Logger, failure: Error | undefined, isGraceful: boolean): RunEnd {
  if (failure === undefined) {
    logger.info(isGraceful ? 'stopped' : 'stopped by force');
    return isGraceful ? 'stopped' : 'failed';
  }
  logFailure(logger, failure);
  return failure instanceof ConfigurationError ? 'misconfigured' : 'failed';
}

/** Our own errors show the stack of their cause. */
function logFailure(logger: Logger, failure: Error): void {
  const { cause } = failure;
  const code = 'code' in failure ? failure.code : undefined;
  // From a thread, it is a plain Error with our code.
  const isOurs = typeof code === 'string' && code in ERROR_CODES;
  if (!isOurs) return logger.fatal({ err: failure }, messageOf(failure));
  logger.fatal({ code, ...(cause instanceof Error && { err: cause }) }, failure.message);
}
