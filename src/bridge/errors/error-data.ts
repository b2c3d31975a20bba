import { isRecord } from '../messages/record.js';

/** An error as plain data: structured clone drops `name`, `code`, `cause` and `errors`. */
export interface ErrorData {
  readonly name: string;
  /** Its class; absent: the same as `name`. */
  readonly type?: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorData;
  /** Of an AggregateError. */
  readonly errors?: readonly ErrorData[];
}

const MAX_DEPTH = 5;
/** One error with all its causes and errors. */
const MAX_ERRORS = 20;
/** Of one AggregateError. */
const MAX_LISTED = 10;
const MAX_MESSAGE = 8 * 1024;
const MAX_STACK = 16 * 1024;
/** Classes that tell nothing: `name` may tell more. */
const GENERAL_CLASSES = new Set(['', 'Error', 'Object', 'Array', 'Function', 'DOMException']);
/** Keeps the class of an error that comes from another thread. */
const CLASS = Symbol('class');

/** Describes anything thrown. Never throws. */
export function toErrorData(thrown: unknown): ErrorData {
  if (isErrorLike(thrown)) return new Telling().tell(thrown, 0) ?? UNSHOWABLE;
  return { ...named(thrown), message: cut(`a non-Error was thrown: ${show(thrown)}`, MAX_MESSAGE) };
}

/** Counts errors, because a hostile worker's may form a circle. */
export function isErrorData(value: unknown): value is ErrorData {
  let left = 2 * MAX_ERRORS;
  const isData = (data: unknown): boolean => {
    if (!isRecord(data) || left-- === 0) return false;
    const { name, type, message, stack, code, cause, errors } = data;
    return (
      typeof name === 'string' &&
      (type === undefined || typeof type === 'string') &&
      typeof message === 'string' &&
      (stack === undefined || typeof stack === 'string') &&
      (code === undefined || typeof code === 'string' || typeof code === 'number') &&
      (cause === undefined || isData(cause)) &&
      (errors === undefined || (Array.isArray(errors) && errors.every(isData)))
    );
  };
  return isData(value);
}

/** Makes an Error again, with the stack of the other thread. */
export function fromErrorData(data: ErrorData): Error {
  const error = errorWithoutStack(data);
  const { name, type, stack, code, errors } = data;
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  if (type !== undefined) Object.defineProperty(error, CLASS, { value: type });
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack, configurable: true });
  if (code !== undefined) Object.assign(error, { code });
  if (errors !== undefined) {
    const value = errors.map((each) => fromErrorData(each));
    Object.defineProperty(error, 'errors', { value, configurable: true, writable: true });
  }
  return error;
}

/** Its own stack would take four fifths of the time. */
function errorWithoutStack({ message, cause, stack }: ErrorData): Error {
  const options = cause === undefined ? undefined : { cause: fromErrorData(cause) };
  if (stack === undefined) return new Error(message, options);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(message, options);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** The fields of a proper Error. */
export interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

const UNSHOWABLE: ErrorData = { name: 'NonError', message: 'an unprintable value was thrown' };

class Telling {
  private readonly told = new Set<unknown>();
  private left = MAX_ERRORS;

  tell(value: unknown, depth: number): ErrorData | undefined {
    if (this.told.has(value) || this.left === 0) return undefined;
    this.left--;
    if (!isErrorLike(value)) return { ...named(value), message: cut(show(value), MAX_MESSAGE) };
    this.told.add(value);
    const own = ownData(value);
    if (depth === MAX_DEPTH) return own;
    const cause = attempt(() => value.cause);
    const behind = cause === undefined ? undefined : this.tell(cause, depth + 1);
    const errors = this.list(
      attempt(() => value.errors),
      depth + 1,
    );
    return { ...own, ...(behind !== undefined && { cause: behind }), ...(errors !== undefined && { errors }) };
  }

  private list(errors: unknown, depth: number): readonly ErrorData[] | undefined {
    if (!isArray(errors)) return undefined;
    const count = attempt(() => errors.length) ?? 0;
    const listed: ErrorData[] = [];
    for (let at = 0; at < Math.min(count, MAX_LISTED); at++) {
      const data = this.tell(
        attempt(() => errors[at]),
        depth,
      );
      if (data !== undefined) listed.push(data);
    }
    if (count > MAX_LISTED) listed.push({ name: 'NonError', message: `${count - MAX_LISTED} more` });
    return listed.length === 0 ? undefined : listed;
  }
}

/** A throwing getter hides only its own value. */
function ownData(error: ErrorLike): ErrorData {
  const stack = attempt(() => error.stack);
  const code = attempt(() => error.code);
  const message = attempt(() => error.message);
  return {
    ...named(error),
    message: cut(typeof message === 'string' ? message : show(message), MAX_MESSAGE),
    ...(typeof stack === 'string' && { stack: cut(stack, MAX_STACK) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
  };
}

/** A class without a `name` of its own inherits "Error", which tells nothing. */
function named(thrown: unknown): { readonly name: string; readonly type?: string } {
  const type = classOf(thrown);
  if (!isErrorLike(thrown)) return { name: type ?? 'NonError' };
  const own = attempt(() => thrown.name);
  const name = typeof own === 'string' && own !== '' ? cut(own, MAX_MESSAGE) : 'Error';
  if (type === undefined || type === name) return { name };
  return name === 'Error' ? { name: type } : { name, type };
}

function classOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const type = attempt<unknown>(() => Reflect.get(thrown, CLASS) ?? thrown.constructor.name);
  return typeof type === 'string' && !GENERAL_CLASSES.has(type) ? cut(type, MAX_MESSAGE) : undefined;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

// Not `instanceof Error`: errors of another realm (vm, jest) count, too.
export function isErrorLike(thrown: unknown): thrown is ErrorLike {
  return attempt(() => typeof thrown === 'object' && thrown !== null && 'message' in thrown) === true;
}

function isArray(value: unknown): value is readonly unknown[] {
  return attempt(() => Array.isArray(value)) === true;
}

function show(value: unknown): string {
  const text = attempt(() => {
    if (typeof value === 'string') return value;
    if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? 'an object';
    return String(value);
  });
  return text ?? 'an unprintable value';
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
