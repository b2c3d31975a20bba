import type { BrokerUrl, Configuration, Environment } from '../../config/index.js';
import { parseBrokerUrl, unusedTls } from '../../config/index.js';
import { ConfigurationError } from '../../errors/index.js';
import { logFileProblems } from '../log/log-file.js';
import { type Finding, findingOf } from './report.js';

/** RABBITMQ_URL, or what is wrong with it. */
export interface AddressReading {
  /** Absent: the URL cannot be parsed. */
  readonly address?: BrokerUrl;
  readonly findings: readonly Finding[];
}

/** Reads RABBITMQ_URL and RABBITMQ_HEARTBEAT. */
export function readAddress({ rabbitmqUrl, rabbitmqHeartbeat }: Environment): AddressReading {
  try {
    const address = parseBrokerUrl(rabbitmqUrl, rabbitmqHeartbeat);
    return { address, findings: address.warnings.map((message) => ofVariable('warning', message)) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { findings: [ofVariable('problem', error.message)] };
  }
}

/** Warns where the file has TLS settings and the URL does not encrypt. */
export function tlsFindings(address: BrokerUrl | undefined, configuration: Configuration | undefined): Finding[] {
  if (address === undefined || configuration === undefined) return [];
  const unused = unusedTls(address, configuration.connection.tls);
  return unused === undefined ? [] : [ofVariable('warning', unused)];
}

/** Checks the logging file and loads its modules. */
export async function loggingFindings({ loggingFileConfig }: Environment): Promise<Finding[]> {
  const problems = loggingFileConfig === undefined ? [] : await logFileProblems(loggingFileConfig);
  return problems.map((problem) => ({ ...findingOf(problem, 'problem', 'logging'), rule: 'logging' }));
}

function ofVariable(severity: Finding['severity'], message: string): Finding {
  return { severity, rule: 'environment', path: 'RABBITMQ_URL', message };
}
