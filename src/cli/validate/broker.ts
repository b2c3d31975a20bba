import { compareWithBroker, type Difference } from '../../broker/index.js';
import {
  type BrokerUrl,
  type ConfigurationReading,
  connectionName,
  describeAddress,
  type Environment,
} from '../../config/index.js';
import { BrokerError } from '../../errors/index.js';
import { type Finding, findingOf } from './report.js';

/** What the comparison needs. */
export interface BrokerCheckOptions {
  readonly address: BrokerUrl;
  readonly reading: ConfigurationReading & { readonly ok: true };
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** How the broker differs from the file. */
export interface BrokerFindings {
  readonly findings: readonly Finding[];
  /** Product and version; absent: there was no connection. */
  readonly broker?: string;
}

/** Compares the file with the live broker of RABBITMQ_URL and changes nothing there. */
export async function brokerFindings(options: BrokerCheckOptions): Promise<BrokerFindings> {
  const { address, reading, environment, signal } = options;
  const { configuration } = reading;
  const name = connectionName({ ...environment, pid: process.pid, random: Math.random });
  try {
    const { server, differences } = await compareWithBroker({
      address,
      name: `${name}.validate`,
      settings: configuration.connection,
      // By index: two included files may name an entry the same.
      topology: {
        exchanges: configuration.exchanges.map((each, index) => ({ ...each, path: `exchanges[${index}]` })),
        queues: configuration.queues.map((each, index) => ({ ...each, path: `queues[${index}]` })),
      },
      consumers: configuration.consumers.map(({ queue }, index) => ({ queue, path: `consumers[${index}]` })),
      random: Math.random,
      signal,
    });
    const product = `${server.product} ${server.version}`.trim();
    return {
      findings: differences.flatMap((difference) => findingsOf(difference, reading)),
      broker: product === '' ? describeAddress(address) : product,
    };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const message = reading.conceal(error.message.replace(/\s+/g, ' '));
    return { findings: [{ severity: 'problem', rule: 'broker', path: 'RABBITMQ_URL', message }] };
  }
}

function findingsOf(
  { severity, entry, key, message }: Difference,
  { problemsAt }: BrokerCheckOptions['reading'],
): Finding[] {
  return problemsAt(entry, message, key).map((problem) => findingOf(problem, severity, 'broker'));
}
