import { formatProblem, loadConfiguration, readEnvironment } from '../config/index.js';
import { ConfigurationError } from '../errors/index.js';
import { readArguments } from './arguments.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { run } from './run.js';
import type { StopSignals } from './stop-signals.js';
import { checkModulesAndEnvironment, environmentWarnings } from './validate.js';

/** Runs the program and returns the exit code. */
export async function main(args: readonly string[], signals: StopSignals): Promise<ExitCode> {
  const environment = readEnvironment();
  if (args[0] === 'dead') {
    // Loaded on demand, so that the daemon starts without it.
    const { dead } = await import('./dead/command.js');
    return dead(args.slice(1), { environment, signals });
  }
  const request = await readArguments(args, environment.flags);
  if (request.kind === 'text') {
    console.log(request.text);
    return EXIT.ok;
  }
  if (request.kind === 'usage') {
    console.error(request.message);
    return EXIT.usage;
  }
  const { config, validate, selection } = request.arguments;
  const loaded = await loadConfiguration(config, { variables: environment.variables, ...selection });
  if (!loaded.ok) return refuse(loaded.problems.map(formatProblem));
  const { configuration, warnings, conceal } = loaded;
  try {
    if (!validate) return await run(request.arguments, { configuration, warnings, environment, signals });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    return EXIT.configuration;
  }
  const interrupted = new Promise<undefined>((resolve) => signals.listen(() => resolve(undefined)));
  const problems = await Promise.race([checkModulesAndEnvironment(config, configuration, environment), interrupted]);
  if (problems === undefined) return EXIT.failed;
  for (const warning of warnings) console.error(`warning: ${formatProblem(warning)}`);
  if (problems.length > 0) return refuse(problems.map(conceal));
  for (const warning of environmentWarnings(configuration, environment)) console.error(`warning: ${warning}`);
  const { queues, consumers } = configuration;
  console.log(`${config} is valid (queues: ${queues.length}, consumers: ${consumers.length})`);
  return EXIT.ok;
}

function refuse(problems: readonly string[]): ExitCode {
  for (const problem of problems) console.error(problem);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  console.error(`${count} found, nothing was run`);
  return EXIT.configuration;
}
