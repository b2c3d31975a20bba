import { parseArgs } from 'node:util';

export interface BenchmarkArguments {
  readonly rounds: number;
  /** Measured messages of one round. */
  readonly messages: number;
  /** Where the results go as JSON, besides the table. */
  readonly json: string | undefined;
}

export const USAGE = 'usage: npm run bench -- [--rounds 5] [--messages 60000] [--json FILE]';

/** @throws on an unknown flag, or on what is no count */
export function readArguments(args: readonly string[]): BenchmarkArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      messages: { type: 'string', default: '60000' },
      json: { type: 'string' },
    },
  });
  return { rounds: count('rounds', values.rounds), messages: count('messages', values.messages), json: values.json };
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${flag}: "${text}" is not a count`);
  return Number(text);
}
