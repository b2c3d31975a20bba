import { type ErrorData, isErrorLike, toErrorData } from './error-data.js';

/** In the words of pino's serializers. */
interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: LoggedError;
  readonly aggregateErrors?: readonly LoggedError[];
}

const TOLD = new Set(['type', 'name', 'message', 'stack', 'code', 'cause', 'errors', 'aggregateErrors']);

/** Replaces pino's serializer, which repeats causes, never ends on a circle, and lets getters throw. */
export function loggedError(value: unknown): unknown {
  if (!isErrorLike(value)) return value;
  return { ...logged(toErrorData(value)), ...moreOf(value) };
}

function logged({ name, type = name, message, stack, code, cause, errors }: ErrorData): LoggedError {
  return {
    type,
    message,
    ...(stack !== undefined && { stack }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: logged(cause) }),
    ...(errors !== undefined && { aggregateErrors: errors.map((each) => logged(each)) }),
  };
}

/** Other keys, such as `syscall` and `address`. */
function moreOf(error: object): Record<string, unknown> {
  const more: Record<string, unknown> = {};
  try {
    for (const key of Object.keys(error).filter((each) => !TOLD.has(each))) more[key] = valueOf(error, key);
  } catch {
    // A proxy whose traps throw.
  }
  return more;
}

function valueOf(error: object, key: string): unknown {
  try {
    const value: unknown = Reflect.get(error, key);
    return value instanceof Error ? logged(toErrorData(value)) : value;
  } catch {
    // A throwing getter hides only itself.
    return undefined;
  }
}
