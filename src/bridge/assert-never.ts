/** Ends a `switch` over a union, checked by the compiler and at run time. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}
