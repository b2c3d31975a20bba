import {
  type Configuration,
  connectionName,
  defaultConnection,
  type Environment,
  parseBrokerUrl,
} from '../../config/index.js';
import { DeadLetters, type DeadLettersOptions } from '../../dead/index.js';
import { DispatcherError } from '../../errors/index.js';
import { createPlainLogger } from '../../logging/index.js';
import { printUnperformed } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { CommandOutput } from '../output/command-output.js';
import type { StopSignals } from '../stop-signals.js';
import { readDeadArguments } from './arguments/arguments.js';
import type { DeadCommand, FileCommand, QueueCommand } from './arguments/dead-command.js';
import { browse, browseAll } from './browse/browse.js';
import { deleteSelected, purgeAll } from './commands/delete.js';
import { exportMessages } from './commands/export.js';
import { importMessages } from './commands/import.js';
import { overview, readFile } from './commands/overview.js';
import { replay } from './commands/replay.js';
import { list, show } from './commands/view.js';
import type { DeadWork } from './dead-work.js';
import { openForImport } from './import-queue.js';

/** As for the daemon; only commands on all dead queues need a file. */
const DEFAULT_FILE = 'config.yml';

export interface DeadContext {
  readonly environment: Environment;
  readonly signals: StopSignals;
}

/** Runs `amqp-dispatcher dead …` and returns the exit code. */
export async function dead(args: readonly string[], { environment, signals }: DeadContext): Promise<ExitCode> {
  const request = await readDeadArguments(args);
  if (request.kind !== 'run') return printUnperformed(request);
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

interface Attempt {
  readonly output: CommandOutput;
  readonly signal: AbortSignal;
  readonly environment: Environment;
}

async function attempt(command: DeadCommand, environment: Environment, signal: AbortSignal): Promise<ExitCode> {
  const output = new CommandOutput(command.format);
  if ((command.kind === 'browse' || command.kind === 'browseAll') && !output.isFullScreen) {
    output.note('browse needs a terminal for its screen and its keys: use list and show instead');
    return EXIT.usage;
  }
  try {
    return await perform(command, { output, signal, environment });
  } catch (error) {
    if (!(error instanceof DispatcherError)) throw error;
    output.note(error.message);
    return EXIT.failed;
  } finally {
    await output.flush();
  }
}

async function perform(command: DeadCommand, { output, signal, environment }: Attempt): Promise<ExitCode> {
  const address = parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat);
  for (const warning of address.warnings) output.note(`warning: ${warning}`);
  const file = command.config ?? environment.flags.config ?? (isOnAll(command) ? DEFAULT_FILE : undefined);
  const remedy = isOnAll(command) ? ' (name a QUEUE, or pass --config FILE)' : '';
  const configuration = file === undefined ? undefined : await readFile(file, { output, remedy });
  if (file !== undefined && configuration === undefined) return EXIT.configuration;
  const options = optionsOf(configuration, { output, signal, environment });
  if (isOnAll(command)) {
    if (configuration === undefined) return EXIT.usage;
    const onAll = command.kind === 'overview' ? overview : browseAll;
    return onAll({ output, signal, configuration, options });
  }
  const named = { ...options, queue: command.queue.name };
  if (command.kind === 'browse') return browse(command, { output, signal, options: named });
  const letters = await (command.kind === 'import' ? openForImport(named, configuration) : open(command, named));
  if (!letters.isThere) output.note(`there is no queue "${letters.queue}" yet: no message has died`);
  try {
    return await work(command, { letters, output, signal });
  } finally {
    await letters.close();
  }
}

function isOnAll(command: DeadCommand): command is FileCommand {
  return command.kind === 'overview' || command.kind === 'browseAll';
}

/** A queue that the user names exactly must exist. */
function open({ queue }: QueueCommand, options: DeadLettersOptions): Promise<DeadLetters> {
  const { companion } = queue;
  return companion === undefined ? DeadLetters.open(options) : DeadLetters.openOrEmpty(options, companion);
}

function work(command: Exclude<QueueCommand, { kind: 'browse' }>, each: DeadWork): Promise<ExitCode> {
  switch (command.kind) {
    case 'list':
      return list(command, each);
    case 'show':
      return show(command, each);
    case 'replay':
      return replay(command, each);
    case 'delete':
      return deleteSelected(command, each);
    case 'purge':
      return purgeAll(command, each);
    case 'export':
      return exportMessages(command, each);
    default:
      return importMessages(command, each);
  }
}

function optionsOf(
  configuration: Configuration | undefined,
  { output, signal, environment }: Attempt,
): Omit<DeadLettersOptions, 'queue'> {
  const name = connectionName({ ...environment, pid: process.pid, random: Math.random });
  return {
    address: parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat),
    name: `${name}.dead`,
    settings: configuration?.connection ?? defaultConnection(),
    random: Math.random,
    signal,
    logger: createPlainLogger((line) => output.note(`warning: ${line}`)),
  };
}
