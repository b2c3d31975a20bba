import {
  LOG_FORMATS,
  LOG_LEVEL_FORMATS,
  LOG_TIMES,
  type LogFormat,
  type LogLevelFormat,
  type LogTime,
} from '../../logging/index.js';
import { oneOf } from '../flag-values.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** What the command line says about the log; `undefined`: LOGGING_FILE_CONFIG decides, otherwise the default. */
export interface LogArguments {
  readonly level: string | undefined;
  readonly format: LogFormat | undefined;
  readonly time: LogTime | undefined;
  readonly levelFormat: LogLevelFormat | undefined;
}

/** The flags of the log, for yargs. */
export const LOG_OPTIONS = {
  'log-level': { type: 'string', requiresArg: true, describe: `${LEVELS.join(', ')} [default: info]` },
  'log-format': {
    type: 'string',
    requiresArg: true,
    describe: `${LOG_FORMATS.join(', ')} [default: pretty on a terminal, else json]`,
  },
  'log-time': {
    type: 'string',
    requiresArg: true,
    describe: `time of log lines: ${LOG_TIMES.join(', ')} [default: epoch (iso with logfmt)]`,
  },
  'log-level-format': {
    type: 'string',
    requiresArg: true,
    describe: `level of log lines: ${LOG_LEVEL_FORMATS.join(' (30), ')} (info) [default: number (name with logfmt)]`,
  },
} as const;

export const parseLevel = oneOf(LEVELS, 'a level');
export const parseLogFormat = oneOf(LOG_FORMATS, 'a log format');
export const parseLogTime = oneOf(LOG_TIMES, 'a time format');
export const parseLogLevelFormat = oneOf(LOG_LEVEL_FORMATS, 'a level format');
