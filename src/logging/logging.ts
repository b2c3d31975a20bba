import pino, { type DestinationStream, type Logger } from 'pino';
import { type LineForm, loggedError, type WorkerLogging } from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import { GatheredLines } from './gathered-lines.js';
import { formatted, type LogFormat, type LogLevelFormat, type LogTime, lineForm, pinoForm } from './line-format.js';
import { type FlushableStream, LineStream } from './line-stream.js';
import { printableRecord } from './printable.js';
import { TransportStream } from './transport-stream.js';

/** Logger names, as in the documentation and LOGGING_FILE_CONFIG. */
export const LOGGER_NAME = 'amqp-dispatcher';
export const CONNECTION_LOGGER_NAME = 'amqp-dispatcher.amqplib';

export interface LoggingSettings {
  readonly level: string;
  /** From LOGGING_FILE_CONFIG, without `level`, `timestamp`, `formatters`, `transport` and `loggers`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The open pino transports from LOGGING_FILE_CONFIG; absent: stdout. */
  readonly stream?: TransportStream;
  readonly loggers: Readonly<Record<string, string>>;
  /** With a transport: json. */
  readonly format: LogFormat;
  /** Default: epoch; in logfmt, iso; in pretty lines, local time. */
  readonly time: LogTime | undefined;
  /** Default: number; in logfmt, name. */
  readonly levelFormat: LogLevelFormat | undefined;
  /** In pretty lines. */
  readonly colorize: boolean;
}

/** The process's loggers, and the stream that they share with the worker threads. */
export interface Logging {
  readonly logger: Logger;
  readonly connectionLogger: Logger;
  readonly workerLogging: WorkerLogging;
  readonly writeLine: (line: string) => void;
  /** Writes held lines; hands lines for a transport to its thread. */
  readonly flushLog: () => void;
  /** Lets transports write their last lines; takes at most about two seconds. */
  readonly closeLog: () => Promise<void>;
}

/** Creates the loggers; they write JSON lines, logfmt, or coloured text. */
export async function createLogging(settings: LoggingSettings): Promise<Logging> {
  const { options, loggers, level, format, time, levelFormat } = settings;
  const form = lineForm({ format, time, level: levelFormat, messageKey: textAt(options, 'messageKey') ?? 'msg' });
  const { own, threads } = await openStreams(settings, form);
  const create = (name: string): Logger =>
    pino(
      { ...options, ...pinoForm(form), name, level: loggers[name] ?? level, serializers: { err: loggedError } },
      own,
    );
  return {
    logger: create(LOGGER_NAME),
    connectionLogger: create(CONNECTION_LOGGER_NAME),
    workerLogging: { level: loggers[LOGGER_NAME] ?? level, options: { ...options, name: LOGGER_NAME }, form },
    writeLine: (line) => threads.write(line),
    flushLog: () => own.flushSync(),
    closeLog: async () => {
      if (own instanceof TransportStream) await own.close();
    },
  };
}

/** Returns why pino refuses these options; the schema cannot check a `redact` path or a level's number. */
export function optionsFault(options: LoggingSettings['options'], level = 'info'): string | undefined {
  try {
    pino({ ...options, level }, { write: () => undefined });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

interface Streams {
  /** Of this thread's loggers. */
  readonly own: FlushableStream;
  /** Of the worker threads, which format their lines themselves. */
  readonly threads: DestinationStream;
}

async function openStreams(settings: LoggingSettings, form: LineForm): Promise<Streams> {
  if (settings.stream !== undefined) return { own: settings.stream, threads: settings.stream };
  const stdout = openStdout();
  if (settings.format === 'pretty') {
    // One thread formats for all, because pino-pretty costs start-up time and memory.
    const pretty = new LineStream(stdout, await prettyFormat(settings));
    return { own: pretty, threads: pretty };
  }
  return { own: form.isLogfmt ? new LineStream(stdout, (line) => formatted(line, form)) : stdout, threads: stdout };
}

function openStdout(): FlushableStream {
  const stream = pino.destination({ dest: 1, sync: true });
  // A reader that went away (EPIPE) must not end the daemon.
  stream.on('error', () => undefined);
  return new GatheredLines(stream);
}

/** Formats lines for a terminal, where foreign text must not forge lines or send escape sequences. */
export async function prettyFormat({
  options,
  time,
  colorize,
}: Pick<LoggingSettings, 'options' | 'time' | 'colorize'>): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const { customLevels } = options;
  const messageKey = textAt(options, 'messageKey') ?? 'msg';
  const pretty = prettyFactory({
    colorize,
    singleLine: true,
    ignore: 'pid,hostname,name',
    translateTime: time === undefined && 'SYS:HH:MM:ss.l',
    messageKey,
    errorLikeObjectKeys: ['err', 'error', textAt(options, 'errorKey') ?? 'err'],
    ...(typeof customLevels === 'object' &&
      customLevels !== null && { customLevels: { ...pino.levels.values, ...customLevels } }),
  });
  return (line) => pretty(printableRecord(line, messageKey));
}

function textAt(options: LoggingSettings['options'], key: string): string | undefined {
  const value = options[key];
  return typeof value === 'string' ? value : undefined;
}
