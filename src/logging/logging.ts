import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { messageOf } from '../errors/index.js';
import { loggedError, type WorkerLogging } from '../protocol/index.js';
import { GatheredLines } from './gathered-lines.js';

/** Logger names, as the documentation and LOGGING_FILE_CONFIG spell them. */
export const LOGGER_NAME = 'amqp-dispatcher';
export const CONNECTION_LOGGER_NAME = 'amqp-dispatcher.amqplib';

export interface LoggingOptions {
  readonly level: string;
  /** Plain pino options from LOGGING_FILE_CONFIG, without `level`, `transport` and `loggers`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** pino transports from LOGGING_FILE_CONFIG; absent: stdout. */
  readonly transport?: LoggerOptions['transport'];
  /** Levels by logger name. */
  readonly loggers: Readonly<Record<string, string>>;
  /** stdout is a terminal. */
  readonly pretty: boolean;
}

/** Every logger of the process, and the one stream that they and the worker threads write to. */
export interface Logging {
  readonly logger: Logger;
  readonly connectionLogger: Logger;
  readonly workerLogging: WorkerLogging;
  readonly writeLine: (line: string) => void;
}

/** Makes the loggers; JSON lines, or pino-pretty on a terminal. */
export async function createLogging(settings: LoggingOptions): Promise<Logging> {
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
  };
}

async function openStream({ transport, pretty }: LoggingOptions): Promise<DestinationStream> {
  if (transport !== undefined) {
    const stream = pino.transport(transport);
    // A transport that fails must not end the daemon, and has no log to say so.
    stream.on('error', (error: unknown) => console.error(`log transport failed: ${messageOf(error)}`));
    return stream;
  }
  if (pretty) {
    // Loaded on a terminal only: it would cost every daemon its start-up time and memory.
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
  // A reader that went away (EPIPE) must not end the daemon: its messages matter more than its lines.
  stream.on('error', () => undefined);
  return new GatheredLines(stream);
}
