import type { CommandLine } from '../installs/rabbitmq-program.js';
import { isRecord, parseRecord } from '../json-record.js';

/** Everything that another process needs to use a running private broker. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly managementPort: number;
  /** Runs rabbitmqctl with the epmd and cookie of the node. */
  readonly ctl: { readonly command: CommandLine; readonly env: Readonly<Record<string, string>> };
}

/** The environment variable by which the test run passes its broker to each test file. */
export const TEST_BROKER = 'TEST_BROKER';

/** The broker of this test run, or undefined when a test file is run by itself. */
export function sharedBrokerAddress(env: NodeJS.ProcessEnv = process.env): BrokerAddress | undefined {
  const text = env[TEST_BROKER];
  if (text === undefined || text === '') return undefined;
  const address = parseRecord(text);
  if (!isBrokerAddress(address)) throw new Error(`${TEST_BROKER} is no broker address: ${text}`);
  return address;
}

function isBrokerAddress(value: unknown): value is BrokerAddress {
  return (
    isRecord(value) &&
    typeof value['host'] === 'string' &&
    typeof value['port'] === 'number' &&
    typeof value['managementPort'] === 'number' &&
    isRecord(value['ctl']) &&
    isCommandLine(value['ctl']['command']) &&
    isRecord(value['ctl']['env'])
  );
}

function isCommandLine(value: unknown): value is CommandLine {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}
