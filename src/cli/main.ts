import { loadConfiguration, readEnvironment } from '../config/index.js';
import { ConfigurationError } from '../errors/index.js';
import { readArguments, version } from './arguments.js';
import { printUnperformed } from './command-line.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { run } from './run.js';
import type { StopSignals } from './stop-signals.js';
import { renderText } from './validate/formats/text.js';
import { findingOf } from './validate/report.js';

/** Runs the program and returns the exit code. */
export async function main(args: readonly string[], signals: StopSignals): Promise<ExitCode> {
  const environment = readEnvironment();
  if (args[0] === 'dead') {
    // Loaded on demand, so that the daemon starts without it.
    const { dead } = await import('./dead/command.js');
    return dead(args.slice(1), { environment, signals });
  }
  if (args[0] === 'ctl') {
    const { ctl } = await import('./ctl/command.js');
    return ctl(args.slice(1), { environment, signals });
  }
  const request = await readArguments(args, environment.flags);
  if (request.kind !== 'run') return printUnperformed(request);
  const { config, validation, selection } = request.arguments;
  if (validation !== undefined) {
    const { validate } = await import('./validate/command.js');
    const { warnings } = request.arguments;
    return validate(config, validation, { version, environment, selection, signals, warnings });
  }
  const loaded = await loadConfiguration(config, { variables: environment.variables, ...selection });
  if (!loaded.ok) {
    const findings = loaded.problems.map((problem) => findingOf(problem, 'problem', 'schema'));
    process.stderr.write(renderText({ file: config, version, findings }).stderr);
    return EXIT.configuration;
  }
  const { configuration, warnings } = loaded;
  try {
    return await run(request.arguments, { configuration, warnings, environment, signals });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    return EXIT.configuration;
  }
}
