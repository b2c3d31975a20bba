import { type ErrorData, isErrorLike, toErrorData } from './error-data.js';

/** An error as a log line has it, in the words of pino's own serializers. */
interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: LoggedError;
  readonly aggregateErrors?: readonly LoggedError[];
}

/** What `logged` says. */
const TOLD = new Set(['type', 'name', 'message', 'stack', 'code', 'cause', 'errors', 'aggregateErrors']);

/**
 * For pino, in place of its serializer, which joins the messages of all causes though an error often has its cause's in its own,
 * never ends on an AggregateError among its own errors, and lets a getter throw out of the log call.
 */
export function loggedError(value: unknown): unknown {
  if (!isErrorLike(value)) return value;
  return { ...logged(toErrorData(value), constructorOf(value)), ...moreOf(value) };
}

function logged({ name, message, stack, code, cause, errors }: ErrorData, type: string = name): LoggedError {
  return {
    type,
    message,
    ...(stack !== undefined && { stack }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: logged(cause) }),
    ...(errors !== undefined && { aggregateErrors: errors.map((each) => logged(each)) }),
  };
}

/** A class of the user's is known by its own name, one that came from another thread by the name that came along. */
function constructorOf(error: object): string | undefined {
  try {
    const isNamed = 'name' in error && error.name !== 'Error';
    return isNamed ? undefined : error.constructor.name;
  } catch {
    return undefined;
  }
}

/** What else an error has, such as `syscall` and `address`. */
function moreOf(error: object): Record<string, unknown> {
  const more: Record<string, unknown> = {};
  try {
    for (const key of Object.keys(error).filter((each) => !TOLD.has(each))) more[key] = valueOf(error, key);
  } catch {
    // A proxy whose traps throw: its line has the rest.
  }
  return more;
}

function valueOf(error: object, key: string): unknown {
  try {
    const value: unknown = Reflect.get(error, key);
    return value instanceof Error ? logged(toErrorData(value)) : value;
  } catch {
    // A getter that throws hides itself only.
    return undefined;
  }
}
