/** Ends a `switch` over a union: the compiler refuses a missing case, and a stranger at run time is named. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}
