import type { Configuration, ConsumerConfig, Environment, Position } from '../config/index.js';
import { formatProblem, parseBrokerUrl, unusedTls } from '../config/index.js';
import { messageOf } from '../errors/index.js';
import { type OptionFault, probeModule } from '../threads/index.js';
import { logFileProblems } from './log-file.js';

const PROBE_TIMEOUT_MS = 10_000;

/** Checks everything outside the file that needs no broker; returns one line per problem. */
export async function checkModulesAndEnvironment(
  file: string,
  configuration: Configuration,
  environment: Environment,
): Promise<string[]> {
  const modules = await Promise.all([
    checkStartupHandler(file, configuration),
    ...configuration.consumers.flatMap((consumer) => [
      checkConsumer(file, configuration, consumer),
      ...checkMiddleware(file, configuration, consumer),
      checkSchema(file, consumer),
    ]),
  ]);
  return [...(await checkEnvironment(environment)), ...modules.flat().filter((problem) => problem !== undefined)];
}

/** Warns about the environment, alone and together with the file. */
export function environmentWarnings({ connection }: Configuration, environment: Environment): string[] {
  const address = parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat);
  const idleTls = unusedTls(address, connection.tls);
  return [...address.warnings, ...(idleTls === undefined ? [] : [idleTls])];
}

async function checkStartupHandler(
  file: string,
  { baseDir, startupHandler }: Configuration,
): Promise<string | undefined> {
  if (startupHandler === undefined) return undefined;
  const fault = await probeModule({ kind: 'startup_handler', baseDir, reference: startupHandler }, PROBE_TIMEOUT_MS);
  return report(file, startupHandler.path, startupHandler.position, fault);
}

async function checkConsumer(
  file: string,
  { baseDir }: Configuration,
  { reference, path, position, options, locate }: ConsumerConfig,
): Promise<(string | undefined)[]> {
  const faults: OptionFault[] = [];
  const note = (fault: OptionFault): number => faults.push(fault);
  const fault = await probeModule({ kind: 'consumer', baseDir, reference, options }, PROBE_TIMEOUT_MS, note);
  return [
    report(file, `${path}.consumer`, position, fault),
    ...faults.map((each) => {
      const place = locate(each.path);
      return report(file, place.path, place.position, each.message);
    }),
  ];
}

function checkMiddleware(
  file: string,
  { baseDir }: Configuration,
  { middleware, queue, options }: ConsumerConfig,
): Promise<string | undefined>[] {
  return middleware.map(async ({ path, position, ...reference }) => {
    const fault = await probeModule({ kind: 'middleware', baseDir, reference, queue, options }, PROBE_TIMEOUT_MS);
    return report(file, path, position, fault);
  });
}

async function checkSchema(file: string, { decode }: ConsumerConfig): Promise<string | undefined> {
  const schema = decode?.json.schema;
  if (schema === undefined) return undefined;
  const fault = await probeModule({ kind: 'json_schema', file: schema.file }, PROBE_TIMEOUT_MS);
  return report(file, schema.path, schema.position, fault);
}

function report(
  file: string,
  path: string,
  { file: included, line, column }: Position,
  fault: string | undefined,
): string | undefined {
  // A syntax error in a user's module may span lines; a problem is one line.
  return fault === undefined
    ? undefined
    : formatProblem({
        file: included ?? file,
        line,
        column,
        path: path.replace(/^.*: /, ''),
        message: fault.replace(/\s+/g, ' '),
      });
}

async function checkEnvironment(environment: Environment): Promise<string[]> {
  const problems: string[] = [];
  try {
    parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat);
  } catch (error) {
    problems.push(messageOf(error));
  }
  try {
    const { loggingFileConfig } = environment;
    if (loggingFileConfig !== undefined) problems.push(...(await logFileProblems(loggingFileConfig)));
  } catch (error) {
    problems.push(messageOf(error));
  }
  return problems;
}
