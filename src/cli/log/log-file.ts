import {
  checkLoggingFile,
  formatProblem,
  invalidLogging,
  type LoggingFile,
  type Problem,
  readLoggingFile,
} from '../../config/index.js';
import { messageOf } from '../../errors/index.js';
import {
  createLogging,
  destinationFault,
  type Logging,
  locateTarget,
  openTransport,
  optionsFault,
  type Target,
  type TransportFault,
  type TransportStream,
  targetsOf,
  withAddresses,
} from '../../logging/index.js';
import { probeModule } from '../../threads/index.js';
import type { LogArguments } from './log-flags.js';

const PROBE_TIMEOUT_MS = 10_000;

/** Checks the logging file and loads its modules without calling them. */
export async function logFileProblems(path: string): Promise<readonly Problem[]> {
  const reading = await checkLoggingFile(path);
  if (!reading.ok) return reading.problems;
  const { file } = reading;
  const faults = [...faultsOf(file), ...(await moduleFaults(file))];
  return faults.map(({ path: at, message }) => file.problemAt(at, message));
}

/**
 * Creates the loggers.
 * @param flags from the command line; they win over the file
 * @param path path of the logging file, if there is one
 * @throws ConfigurationError `CONFIG_INVALID` when the file or one of its transports cannot be used
 */
export async function openLogging(flags: LogArguments, path: string | undefined): Promise<Logging> {
  const file = path === undefined ? undefined : await readLoggingFile(path);
  const { level, timestamp, formatters, transport: _opened, loggers, ...options } = file?.options ?? {};
  const stream = file === undefined ? undefined : await openStream(file, flags);
  const isTerminal = process.stdout.isTTY;
  return createLogging({
    level: flags.level ?? level ?? 'info',
    options,
    ...(stream !== undefined && { stream }),
    loggers: loggers ?? {},
    format: stream === undefined ? (flags.format ?? (isTerminal ? 'pretty' : 'json')) : 'json',
    time: flags.time ?? timestamp,
    levelFormat: flags.levelFormat ?? formatters?.level,
    colorize: isTerminal,
  });
}

async function openStream(file: LoggingFile, flags: LogArguments): Promise<TransportStream | undefined> {
  const refuse = (faults: readonly TransportFault[]): never => {
    throw invalidLogging(faults.map(({ path, message }) => formatProblem(file.problemAt(path, message))));
  };
  const faults = [...faultsOf(file), ...flagFaults(file, flags)];
  if (faults.length > 0) refuse(faults);
  const { transport, customLevels } = file.options;
  if (transport === undefined) return undefined;
  const opening = await openTransport(withAddresses(transport, addressIn(file)), customLevels);
  if (opening.state === 'ready') return opening.stream;
  const unloaded = await moduleFaults(file);
  if (unloaded.length > 0) refuse(unloaded);
  if (opening.state === 'failed') return refuse(await failingTargets(file, opening.error));
  // It loaded but waits for something. Messages matter more than the log, so start without it.
  console.error(
    formatProblem(file.problemAt(['transport'], 'is not ready after 10 s: starting without it and logging to stdout')),
  );
  return undefined;
}

function faultsOf({
  options: { transport, level, timestamp: _time, formatters, loggers: _levels, ...options },
  baseDir,
}: LoggingFile): TransportFault[] {
  const refusal = optionsFault(options, level);
  const targets = transport === undefined ? [] : targetsOf(transport);
  return [
    ...(refusal === undefined ? [] : [{ path: [], message: `pino refuses these options: ${refusal}` }]),
    ...(formatters?.level === 'name' && comparesLevels(transport)
      ? [{ path: ['formatters', 'level'], message: `is "name", ${NEEDS_NUMBERS} (write number)` }]
      : []),
    ...targets.flatMap((target): TransportFault[] => {
      const place = locateTarget(target.target, baseDir);
      if (!('tried' in place)) return [destinationFault(target)].filter((fault) => fault !== undefined);
      const message = `module "${target.target}" was not found (looked for ${place.tried.join(', ')})`;
      return [{ path: [...target.path, 'target'], message }];
    }),
  ];
}

/** The flags must suit the transport of the file. */
function flagFaults({ options: { transport } }: LoggingFile, { format, levelFormat }: LogArguments): TransportFault[] {
  if (transport === undefined) return [];
  const path = ['transport'];
  return [
    ...(format === undefined || format === 'json'
      ? []
      : [{ path, message: `gets JSON lines, so --log-format ${format} has no effect (leave one of them out)` }]),
    ...(levelFormat === 'name' && comparesLevels(transport)
      ? [{ path, message: `does not work with --log-level-format name, ${NEEDS_NUMBERS} (write number)` }]
      : []),
  ];
}

const NEEDS_NUMBERS = 'but pino compares the numbers of levels to choose among transport.targets';

function comparesLevels(transport: LoggingFile['options']['transport']): boolean {
  return transport !== undefined && 'targets' in transport;
}

async function moduleFaults({ options: { transport }, baseDir }: LoggingFile): Promise<TransportFault[]> {
  const targets = transport === undefined ? [] : targetsOf(transport);
  const faults = await Promise.all(
    targets.map(async ({ target, path }) => {
      const place = locateTarget(target, baseDir);
      if (!('file' in place) || place.file === undefined) return [];
      const reference = { module: place.file, exportName: null };
      const { fault: message } = await probeModule({ kind: 'log_transport', baseDir, reference }, PROBE_TIMEOUT_MS);
      return message === undefined ? [] : [{ path: [...path, 'target'], message }];
    }),
  );
  return faults.flat();
}

/** Opens each target alone to find the ones that fail. */
async function failingTargets(file: LoggingFile, error: unknown): Promise<TransportFault[]> {
  const { transport, customLevels } = file.options;
  const faults: TransportFault[] = [];
  for (const target of transport === undefined ? [] : targetsOf(transport)) {
    const opening = await openTransport(stageOf(target, file), customLevels);
    if (opening.state === 'failed')
      faults.push({ path: target.path, message: `"${target.target}" ${notOpened(opening.error)}` });
    else if (opening.state === 'ready') opening.stream.end();
  }
  return faults.length > 0 ? faults : [{ path: ['transport'], message: notOpened(error) }];
}

function stageOf({ target, options }: Target, file: LoggingFile): Parameters<typeof openTransport>[0] {
  return { target: addressIn(file)(target), ...(options !== undefined && { options }) };
}

function addressIn({ baseDir }: LoggingFile): (target: string) => string {
  return (target) => {
    const place = locateTarget(target, baseDir);
    return 'address' in place ? place.address : target;
  };
}

const NO_STREAM = /destination\.on is not a function|reading 'on'/;

function notOpened(error: unknown): string {
  const why = messageOf(error);
  return `cannot be opened: ${NO_STREAM.test(why) ? 'its function returned no stream' : why}`;
}
