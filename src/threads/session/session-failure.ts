import { type ErrorData, fromErrorData, toErrorData } from '../../bridge/index.js';
import { ConfigurationError, ConsumerError, messageOf } from '../../errors/index.js';

/** Even a thrown error's message may be an object that cannot become text. */
export function plainError(thrown: unknown): Error {
  return fromErrorData(toErrorData(thrown));
}

/** Explains why a startup handler failed. */
export function startupFailure(error: ErrorData): ConfigurationError | ConsumerError {
  const misconfigured = misconfiguration(error);
  if (misconfigured !== undefined) return misconfigured;
  const cause = fromErrorData(error);
  // Ours: it returned something that it may not.
  if (error.code === 'STARTUP_FAILED') {
    return new ConsumerError('STARTUP_FAILED', `the startup handler failed: ${messageOf(cause)}`);
  }
  const why = `the startup handler failed: ${cause.name}: ${messageOf(cause)}`;
  return new ConsumerError('STARTUP_FAILED', why, { cause });
}

/** Before the thread booted, the startup handler is not to blame. */
export function whyNotStarted(error: unknown, hasBooted: boolean): Error {
  if (error instanceof ConfigurationError) return error;
  if (error instanceof ConsumerError && (error.code === 'STARTUP_FAILED' || !hasBooted)) return error;
  return new ConsumerError('STARTUP_FAILED', `the startup handler failed: ${messageOf(error)}`, { cause: error });
}

/** Explains why a thread could not host its consumers. */
export function hostFailure(error: ErrorData): Error {
  return misconfiguration(error) ?? fromErrorData(error);
}

function misconfiguration(error: ErrorData): ConfigurationError | undefined {
  switch (error.code) {
    case 'CONSUMER_MODULE_NOT_FOUND':
    case 'CONSUMER_MODULE_FAILED':
    case 'CONSUMER_EXPORT_MISSING':
    case 'CONSUMER_INVALID':
    case 'CONSUMER_SCHEMA_INVALID':
    case 'CONSUMER_OPTIONS_INVALID':
      // Not the error itself, or the log would show it twice.
      return new ConfigurationError(error.code, error.message, {
        cause: error.cause === undefined ? undefined : fromErrorData(error.cause),
      });
    default:
      return undefined;
  }
}

/** Returns the failure of a delivery whose thread reported its end, but no answer. */
export function endedUnanswered(): ConsumerError {
  return new ConsumerError('WORKER_DIED', 'its thread reported its end without an answer');
}
