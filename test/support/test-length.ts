/** Environment variable: `short` (a part of every `npm test`) or `full` (`npm run test:faults`). */
export const TEST_LENGTH = 'TEST_LENGTH';

/** Chooses by the length of this run: how long a fault lasts, how many messages it meets. */
export function byLength<Value>(choices: { readonly short: Value; readonly full: Value }): Value {
  return process.env[TEST_LENGTH] === 'full' ? choices.full : choices.short;
}
