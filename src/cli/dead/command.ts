import {
  connectionName,
  defaultConnection,
  type Environment,
  formatProblem,
  loadConfiguration,
  parseBrokerUrl,
} from '../../config/index.js';
import { DeadLetters, type DeadLettersOptions } from '../../dead/index.js';
import { DispatcherError } from '../../errors/index.js';
import { createPlainLogger } from '../../logging/index.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { StopSignals } from '../stop-signals.js';
import { type DeadCommand, readDeadArguments } from './arguments.js';
import { purgeAll, replay } from './change.js';
import { DeadOutput, type DeadWork } from './output.js';
import { list, show } from './view.js';

export interface DeadContext {
  readonly environment: Environment;
  readonly signals: StopSignals;
}

/** Runs `amqp-dispatcher dead …` and returns the exit code. */
export async function dead(args: readonly string[], { environment, signals }: DeadContext): Promise<ExitCode> {
  const request = await readDeadArguments(args);
  if (request.kind === 'text') {
    console.log(request.text);
    return EXIT.ok;
  }
  if (request.kind === 'usage') {
    console.error(request.message);
    return EXIT.usage;
  }
  const stopping = new AbortController();
  // A reader that closes the pipe (`| head`) ends the work like a signal.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stopping.abort());
  const killed = new Promise<ExitCode>((resolve) => {
    signals.listen((_signal, count) => {
      stopping.abort();
      if (count > 1) resolve(EXIT.failed);
    });
  });
  return Promise.race([attempt(request.command, environment, stopping.signal), killed]);
}

async function attempt(command: DeadCommand, environment: Environment, signal: AbortSignal): Promise<ExitCode> {
  const output = new DeadOutput(command.format);
  try {
    const options = await optionsOf(command, { environment, output, signal });
    if (options === undefined) return EXIT.configuration;
    const letters = await DeadLetters.open(options);
    try {
      return await perform(command, { letters, output, signal });
    } finally {
      await letters.close();
    }
  } catch (error) {
    if (!(error instanceof DispatcherError)) throw error;
    output.note(error.message);
    return EXIT.failed;
  } finally {
    await output.flush();
  }
}

function perform(command: DeadCommand, work: DeadWork): Promise<ExitCode> {
  if (command.kind === 'list') return list(command, work);
  if (command.kind === 'show') return show(command, work);
  return command.kind === 'replay' ? replay(command, work) : purgeAll(command, work);
}

/** Undefined: the file has problems, which have been printed. */
async function optionsOf(
  { queue, config }: DeadCommand,
  { environment, output, signal }: Omit<DeadWork, 'letters'> & { readonly environment: Environment },
): Promise<DeadLettersOptions | undefined> {
  const address = parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat);
  for (const warning of address.warnings) output.note(`warning: ${warning}`);
  const file = config ?? environment.flags.config;
  const loaded = file === undefined ? undefined : await loadConfiguration(file);
  if (loaded !== undefined && !loaded.ok) {
    for (const problem of loaded.problems) output.note(formatProblem(problem));
    return undefined;
  }
  const name = connectionName({ ...environment, pid: process.pid, random: Math.random });
  return {
    queue,
    address,
    name: `${name}.dead`,
    settings: loaded?.configuration.connection ?? defaultConnection(),
    random: Math.random,
    signal,
    logger: createPlainLogger((line) => output.note(`warning: ${line}`)),
  };
}
