import { isRecord } from './record.js';

/** An error as plain data: structured clone would drop `name`, `code` and `cause` of a custom Error. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorData;
}

const MAX_CAUSES = 5;

/** Describes anything that was thrown, an Error or not, cloneable or not; never throws itself. */
export function toErrorData(thrown: unknown, depth = 0): ErrorData {
  try {
    if (!isErrorLike(thrown)) return { name: 'NonError', message: `a non-Error was thrown: ${show(thrown)}` };
    const { name, message, stack, code, cause } = thrown;
    return {
      name: typeof name === 'string' ? name : 'Error',
      message: typeof message === 'string' ? message : show(message),
      ...(typeof stack === 'string' && { stack }),
      ...((typeof code === 'string' || typeof code === 'number') && { code }),
      ...(cause !== undefined && depth < MAX_CAUSES && { cause: toErrorData(cause, depth + 1) }),
    };
  } catch {
    return { name: 'NonError', message: 'something was thrown that cannot be shown' };
  }
}

/** True for what `toErrorData` makes. Causes are counted: those of a hostile worker may go round in a circle. */
export function isErrorData(value: unknown, depth = 0): value is ErrorData {
  if (!isRecord(value) || depth > MAX_CAUSES) return false;
  const { name, message, stack, code, cause } = value;
  return (
    typeof name === 'string' &&
    typeof message === 'string' &&
    (stack === undefined || typeof stack === 'string') &&
    (code === undefined || typeof code === 'string' || typeof code === 'number') &&
    (cause === undefined || isErrorData(cause, depth + 1))
  );
}

/** An Error again, for a log line or a rejection; keeps name, code, cause and the stack of the other thread. */
export function fromErrorData(data: ErrorData): Error {
  const error = errorWithoutStack(data);
  Object.defineProperty(error, 'name', { value: data.name, configurable: true, writable: true });
  if (data.stack !== undefined) Object.defineProperty(error, 'stack', { value: data.stack, configurable: true });
  if (data.code !== undefined) Object.assign(error, { code: data.code });
  return error;
}

/** Its own stack would only say who has read it, and takes four fifths of the time. */
function errorWithoutStack({ message, cause, stack }: ErrorData): Error {
  const options = cause === undefined ? undefined : { cause: fromErrorData(cause) };
  if (stack === undefined) return new Error(message, options);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(message, options);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

// Not `instanceof Error`: errors of another realm (vm, jest) count too.
function isErrorLike(thrown: unknown): thrown is ErrorLike {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown;
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? 'an object';
  return String(value);
}
