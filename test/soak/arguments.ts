import { parseArgs } from 'node:util';

export interface SoakArguments {
  readonly minutes: number;
  /** Seed of the order and the moments of the faults. Default: a new one. */
  readonly seed: number | undefined;
  /** File for the drawing. */
  readonly svg: string;
  readonly messagesPerSecond: number;
}

export const USAGE = 'usage: npm run soak -- [--minutes 10] [--seed N] [--svg soak.svg] [--rate 300]';

/** @throws on an unknown flag or an invalid number */
export function readArguments(args: readonly string[]): SoakArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      svg: { type: 'string', default: 'soak.svg' },
      rate: { type: 'string', default: '300' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes >= 1 && minutes <= 24 * 60)) throw new Error(`--minutes: "${values.minutes}" is not from 1 to 1440`);
  return {
    minutes,
    seed: values.seed === undefined ? undefined : count('seed', values.seed),
    svg: values.svg,
    messagesPerSecond: count('rate', values.rate),
  };
}

function count(flag: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${flag}: "${text}" is not a whole number`);
  return Number(text);
}
