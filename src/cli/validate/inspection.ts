import {
  type BrokerUrl,
  type ConfigurationReading,
  type Environment,
  loadConfiguration,
  type Problem,
  type Rule,
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
  /** Doubtful values of flags; default: none. */
  readonly warnings?: readonly string[];
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
    ...answered(reading.warnings, comparison).map((warning) => findingOf(warning, 'warning', 'schema')),
    ...modules,
    ...comparison.findings,
  ];
  const flags = (options.warnings ?? []).map(
    (message): Finding => ({ severity: 'warning', rule: 'duration', path: '', message }),
  );
  const outside = [...flags, ...addressFindings, ...tlsFindings(address, configuration), ...logging];
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

/** The rules whose question the broker has answered: it knows its own version, and whether an undeclared name exists. */
const ANSWERED: readonly (Rule | undefined)[] = ['undeclared-queue', 'undeclared-exchange'];
const TRANSIENT = /^queues\[\d+\]\.durable$/;

/** Leaves out warnings of the file that the comparison with the broker repeats or refutes. */
function answered(warnings: readonly Problem[], { broker, findings }: BrokerFindings): readonly Problem[] {
  if (broker === undefined) return warnings;
  const told = new Set(findings.map(keyOf));
  return warnings.filter((warning) => {
    if (ANSWERED.includes(warning.rule)) return !told.has(keyOf({ ...warning, place: warning }));
    return !(TRANSIENT.test(warning.path) && told.has(keyOf({ ...warning, place: warning })));
  });
}

function keyOf({ path, place }: Pick<Finding, 'path' | 'place'>): string {
  return JSON.stringify([place?.file, path]);
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
