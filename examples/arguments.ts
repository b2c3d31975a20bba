import { parseArgs } from 'node:util';
import { parseDuration } from '../src/cli/duration-flag.js';

/** The arguments of `npm run example`. */
export interface ExampleArguments {
  /** How long customers order; undefined: until Ctrl-C. */
  readonly forMs: number | undefined;
}

export const USAGE = 'usage: npm run example -- [--for 20s]   (without --for it runs until Ctrl-C)';

/** @throws on an unknown flag or an invalid duration */
export function readArguments(args: readonly string[]): ExampleArguments {
  const { values } = parseArgs({ args: [...args], options: { for: { type: 'string' } } });
  return { forMs: values.for === undefined ? undefined : parseDuration(values.for) };
}
