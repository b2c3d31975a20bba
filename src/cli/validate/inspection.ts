import {
  type BrokerUrl,
  type ConfigurationReading,
  type Environment,
  loadConfiguration,
  type Selection,
} from '../../config/index.js';
import { type BrokerFindings, brokerFindings } from './broker.js';
import { loggingFindings, readAddress, tlsFindings } from './environment.js';
import { moduleFindings, SLOW_MODULE_MS } from './modules.js';
import { type Finding, findingOf, type Report } from './report.js';

/** What to check, and how. */
export interface InspectionOptions {
  /** The configuration file as the user wrote it. */
  readonly file: string;
  readonly version: string;
  readonly environment: Environment;
  /** Entries to check; default: all. */
  readonly selection?: Selection;
  /** True: a warning is a problem. */
  readonly strict: boolean;
  /** True: compare with the broker of RABBITMQ_URL. */
  readonly broker: boolean;
  readonly signal: AbortSignal;
  /** Default 5000. */
  readonly slowModuleMs?: number;
}

/** Checks the file and all that it needs, and reports everything at once: no stage stops before another. */
export async function inspect(options: InspectionOptions): Promise<Report> {
  const { file, version, environment, selection, strict, slowModuleMs = SLOW_MODULE_MS } = options;
  const reading = await loadConfiguration(file, { variables: environment.variables, ...selection });
  const configuration = reading.ok ? reading.configuration : undefined;
  const { address, findings: addressFindings } = readAddress(environment);
  const [modules, logging, comparison] = await Promise.all([
    moduleFindings(reading.modules, slowModuleMs),
    loggingFindings(environment),
    compare(options, reading, address),
  ]);
  const inFile = [
    ...(reading.ok ? [] : reading.problems.map((problem) => findingOf(problem, 'problem', 'schema'))),
    ...reading.warnings.map((warning) => findingOf(warning, 'warning', 'schema')),
    ...modules,
    ...comparison.findings,
  ];
  const outside = [...addressFindings, ...tlsFindings(address, configuration), ...logging];
  const findings = inReadingOrder([...inFile, ...outside.map((finding) => concealed(finding, reading))]);
  return {
    file,
    version,
    findings: strict ? findings.map((finding) => ({ ...finding, severity: 'problem' })) : findings,
    ...(configuration !== undefined && {
      counts: { queues: configuration.queues.length, consumers: configuration.consumers.length },
    }),
    ...(comparison.broker !== undefined && { broker: comparison.broker }),
  };
}

/** RABBITMQ_URL may contain a value that the file takes from the environment or from a secret. */
function concealed(finding: Finding, { conceal }: ConfigurationReading): Finding {
  return { ...finding, message: conceal(finding.message) };
}

/** A file with problems is not compared: its entries are not what will be declared. */
async function compare(
  options: InspectionOptions,
  reading: ConfigurationReading,
  address: BrokerUrl | undefined,
): Promise<BrokerFindings> {
  if (!options.broker || !reading.ok || address === undefined) return { findings: [] };
  return brokerFindings({ ...options, address, reading });
}

/** Keeps the order of the files; the sort is stable, so findings of one place keep theirs. */
function inReadingOrder(findings: readonly Finding[]): Finding[] {
  const files = [...new Set(findings.map(({ place }) => place?.file))].filter((file) => file !== undefined);
  const rank = ({ place }: Finding): number => (place === undefined ? files.length : files.indexOf(place.file));
  return findings.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}
