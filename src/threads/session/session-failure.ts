import { type ErrorData, fromErrorData, toErrorData } from '../../bridge/index.js';
import { ConfigurationError, ConsumerError, messageOf } from '../../errors/index.js';

/** What nobody caught in a thread, safe to be shown: even its message may be an object that cannot become a text. */
export function plainError(thrown: unknown): Error {
  return fromErrorData(toErrorData(thrown));
}

/** Why a thread's startup handler could not do its work. */
export function startupFailure(error: ErrorData): ConfigurationError | ConsumerError {
  const misconfigured = misconfiguration(error);
  if (misconfigured !== undefined) return misconfigured;
  const cause = fromErrorData(error);
  const why = `the startup handler failed: ${cause.name}: ${messageOf(cause)}`;
  return new ConsumerError('STARTUP_FAILED', why, { cause });
}

/** Why a thread did not come as far as its instances; before it had booted that is not the startup handler's fault. */
export function whyNotStarted(error: unknown, hasBooted: boolean): Error {
  if (error instanceof ConfigurationError) return error;
  if (error instanceof ConsumerError && (error.code === 'STARTUP_FAILED' || !hasBooted)) return error;
  return new ConsumerError('STARTUP_FAILED', `the startup handler failed: ${messageOf(error)}`, { cause: error });
}

/** Why a thread could not host its consumers. */
export function hostFailure(error: ErrorData): Error {
  return misconfiguration(error) ?? fromErrorData(error);
}

/** A module that the configuration names and that cannot be used: the same error again, on this side. */
function misconfiguration(error: ErrorData): ConfigurationError | undefined {
  switch (error.code) {
    case 'CONSUMER_MODULE_NOT_FOUND':
    case 'CONSUMER_MODULE_FAILED':
    case 'CONSUMER_EXPORT_MISSING':
    case 'CONSUMER_INVALID':
    case 'CONSUMER_SCHEMA_INVALID':
    case 'CONSUMER_OPTIONS_INVALID':
      // Its own cause, not itself: the log would tell it twice.
      return new ConfigurationError(error.code, error.message, {
        cause: error.cause === undefined ? undefined : fromErrorData(error.cause),
      });
    default:
      return undefined;
  }
}
