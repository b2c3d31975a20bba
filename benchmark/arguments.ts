import { parseArgs } from 'node:util';

export interface BenchmarkArguments {
  readonly rounds: number;
  /** The most messages that are measured in one round, where a workload has more. */
  readonly messages: number;
  /** Names of workloads and measurements; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Say the names, and measure nothing. */
  readonly list: boolean;
  /** A second dist folder, whose daemon takes part as well. */
  readonly daemon: string | undefined;
  /** Where the results go as JSON, besides the tables. */
  readonly json: string | undefined;
}

export const USAGE = `usage: npm run bench -- [options]
  --rounds N        how often each contestant is measured (5)
  --only A,B,...    only these workloads and measurements
  --list            say their names, and measure nothing
  --messages N      at most so many measured messages in a round
  --daemon FOLDER   a second built checkout's dist folder: its daemon takes part in every workload
  --json FILE       write the results there, too`;

const MOST = '99999999';

/** @throws on an unknown flag or name, or on what is no count */
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
