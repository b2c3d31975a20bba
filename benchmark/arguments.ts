import { parseArgs } from 'node:util';

export interface BenchmarkArguments {
  readonly rounds: number;
  /** Upper limit for the measured messages of one round. */
  readonly messages: number;
  /** Names of workloads and measurements; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Print the names and measure nothing. */
  readonly list: boolean;
  /** A second dist folder, whose daemon takes part. */
  readonly daemon: string | undefined;
  /** Write the results to this file as JSON. */
  readonly json: string | undefined;
}

export const USAGE = `usage: npm run bench -- [options]
  --rounds N        measure each contestant N times (default 5)
  --only A,B,...    measure only these workloads and measurements
  --list            print their names and measure nothing
  --messages N      measure at most N messages in a round
  --daemon FOLDER   add the daemon of another built checkout, by its dist folder
  --json FILE       write the results to a file as well`;

const MOST = '99999999';

/** @throws on an unknown flag or name, or an invalid count */
export function readArguments(args: readonly string[], names: readonly string[]): BenchmarkArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      messages: { type: 'string', default: MOST },
      only: { type: 'string' },
      list: { type: 'boolean', default: false },
      daemon: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    rounds: count('rounds', values.rounds),
    messages: count('messages', values.messages),
    only: values.only === undefined ? undefined : known(values.only.split(','), names),
    list: values.list,
    daemon: values.daemon,
    json: values.json,
  };
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${flag}: "${text}" is not a count`);
  return Number(text);
}

function known(wanted: readonly string[], names: readonly string[]): readonly string[] {
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no "${unknown}"; there are ${names.join(', ')}`);
  return wanted;
}
