import pino, { type DestinationStream, type Logger } from 'pino';
import { loggedError, type WorkerLogging } from '../bridge/index.js';
import { messageOf } from '../errors/index.js';
import { GatheredLines } from './gathered-lines.js';
import { TransportStream } from './transport-stream.js';

/** Logger names, as in the documentation and LOGGING_FILE_CONFIG. */
export const LOGGER_NAME = 'amqp-dispatcher';
export const CONNECTION_LOGGER_NAME = 'amqp-dispatcher.amqplib';

export interface LoggingSettings {
  readonly level: string;
  /** From LOGGING_FILE_CONFIG, without `level`, `transport` and `loggers`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The open pino transports from LOGGING_FILE_CONFIG; absent: stdout. */
  readonly stream?: TransportStream;
  readonly loggers: Readonly<Record<string, string>>;
  readonly pretty: boolean;
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

/** Creates the loggers; they write JSON lines, or pino-pretty on a terminal. */
export async function createLogging(settings: LoggingSettings): Promise<Logging> {
  const stream = await openStream(settings);
  const create = (name: string): Logger =>
    pino(
      { ...settings.options, name, level: settings.loggers[name] ?? settings.level, serializers: { err: loggedError } },
      stream,
    );
  const workerLevel = settings.loggers[LOGGER_NAME] ?? settings.level;
  return {
    logger: create(LOGGER_NAME),
    connectionLogger: create(CONNECTION_LOGGER_NAME),
    workerLogging: { level: workerLevel, options: { ...settings.options, name: LOGGER_NAME } },
    writeLine: (line) => stream.write(line),
    flushLog: () => {
      if (stream instanceof GatheredLines || stream instanceof TransportStream) stream.flushSync();
    },
    closeLog: async () => {
      if (stream instanceof TransportStream) await stream.close();
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

async function openStream({ stream: open, pretty }: LoggingSettings): Promise<DestinationStream> {
  if (open !== undefined) return open;
  if (pretty) {
    // On terminals only: it costs start-up time and memory.
    const { default: prettyStream } = await import('pino-pretty');
    return prettyStream({
      colorize: true,
      sync: true,
      singleLine: true,
      ignore: 'pid,hostname,name',
      translateTime: 'SYS:HH:MM:ss.l',
    });
  }
  const stream = pino.destination({ dest: 1, sync: true });
  // A reader that went away (EPIPE) must not end the daemon.
  stream.on('error', () => undefined);
  return new GatheredLines(stream);
}
