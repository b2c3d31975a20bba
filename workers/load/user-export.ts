import type { ModuleReference } from '../../src/bridge/index.js';

/** A function of the user's; what it takes and gives is for its caller to see. */
export type UserFunction = (...args: never) => unknown;

/** An export, as a message names it. */
export function nameOf({ module, exportName }: ModuleReference): string {
  return exportName === null ? `the default export of "${module}"` : `export "${exportName}" of "${module}"`;
}

/** What something is that should be something else: `a class`, `a promise`. */
export function kindOf(value: unknown): string {
  if (isFunction(value)) return isClass(value) ? 'a class' : 'a function';
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export function isFunction(value: unknown): value is UserFunction & { readonly prototype?: unknown } {
  return typeof value === 'function';
}

/** True for a function that can be called without `new`; that it is of the kind that is wanted, nobody can see. */
export function isCallable<Wanted extends UserFunction>(value: unknown): value is Wanted {
  return isFunction(value) && !isClass(value);
}

export function isClass(value: UserFunction): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
