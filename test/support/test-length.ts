/** Environment variable: `short` (a part of every `npm test`) or `full` (`npm run test:faults`). */
export const TEST_LENGTH = 'TEST_LENGTH';

/** Chooses a value by the length of this run. */
export function byLength<Value>(choices: { readonly short: Value; readonly full: Value }): Value {
  return process.env[TEST_LENGTH] === 'full' ? choices.full : choices.short;
}
