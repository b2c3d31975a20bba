import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';

export interface BrokersArguments {
  /** The brokers, in the form of TEST_RABBITMQ; undefined: all available ones. */
  readonly only: readonly string[] | undefined;
  readonly suites: readonly string[];
  /** Only files with one of these in their path, and none with one that has a minus; empty: all. */
  readonly parts: readonly string[];
  /** Faults at their full length. */
  readonly full: boolean;
}

export const USAGE =
  'usage: npm run test:brokers -- [--only 4.3,3.10] [--suites integration,faults] [--part retries,…] [--part=-validating,…] [--full]';

const SUITES = ['integration', 'faults'];

/** @throws on an unknown flag, suite or broker */
export function readBrokersArguments(args: readonly string[]): BrokersArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      suites: { type: 'string', default: SUITES.join() },
      part: { type: 'string', default: '' },
      full: { type: 'boolean', default: false },
    },
  });
  const suites = split(values.suites);
  const stranger = suites.find((suite) => !SUITES.includes(suite));
  if (stranger !== undefined) throw new Error(`--suites: "${stranger}" is not one of ${SUITES.join(', ')}`);
  const only = values.only === undefined ? undefined : split(values.only);
  const noBroker = only?.find((choice) => !/^\d+\.\d+(\.\d+)?$/.test(choice) && !isAbsolute(choice));
  if (noBroker !== undefined) throw new Error(`--only: "${noBroker}" is neither a version such as 4.3 nor a folder`);
  return { only, suites, parts: split(values.part), full: values.full };
}

function split(list: string): string[] {
  return list.split(',').filter((word) => word !== '');
}
