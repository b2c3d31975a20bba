import type { Configuration, ConsumerConfig, Environment, Problem } from '../config/index.js';
import { formatProblem, parseBrokerUrl, unusedTls } from '../config/index.js';
import { messageOf } from '../errors/index.js';
import { probeModule } from '../threads/index.js';
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
  return [...(await checkEnvironment(environment)), ...modules.filter((problem) => problem !== undefined)];
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
  { reference, path, position }: ConsumerConfig,
): Promise<string | undefined> {
  const fault = await probeModule({ kind: 'consumer', baseDir, reference }, PROBE_TIMEOUT_MS);
  return report(file, `${path}.consumer`, position, fault);
}

function checkMiddleware(
  file: string,
  { baseDir }: Configuration,
  { middleware, queue, options }: ConsumerConfig,
): Promise<string | undefined>[] {
  return middleware.map(async ({ path, position, module, exportName }) => {
    const reference = { module, exportName };
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
  { line, column }: Pick<Problem, 'line' | 'column'>,
  fault: string | undefined,
): string | undefined {
  // A syntax error in a user's module may span lines; a problem is one line.
  return fault === undefined
    ? undefined
    : formatProblem({ file, line, column, path, message: fault.replace(/\s+/g, ' ') });
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
