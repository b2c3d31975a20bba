import type { ModuleReference } from '../../src/bridge/index.js';

export type UserFunction = (...args: never) => unknown;

/** Names an export for error messages. */
export function nameOf({ module, exportName }: ModuleReference): string {
  return exportName === null ? `the default export of "${module}"` : `export "${exportName}" of "${module}"`;
}

/** `a class`, `a promise`. */
export function kindOf(value: unknown): string {
  if (isFunction(value)) return isClass(value) ? 'a class' : 'a function';
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export function isFunction(value: unknown): value is UserFunction & { readonly prototype?: unknown } {
  return typeof value === 'function';
}

/** Nothing shows what kind of function it is. */
export function isCallable<Wanted extends UserFunction>(value: unknown): value is Wanted {
  return isFunction(value) && !isClass(value);
}

export function isClass(value: UserFunction): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
