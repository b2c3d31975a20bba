import pino, { type LoggerOptions } from 'pino';
import { type LineForm, LOG_LEVEL_FORMATS, LOG_TIMES, type LogLevelFormat, type LogTime } from '../bridge/index.js';
import { toLogfmt } from './logfmt.js';

/** The formats of the log. */
export const LOG_FORMATS = ['json', 'pretty', 'logfmt'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export { LOG_LEVEL_FORMATS, LOG_TIMES, type LogLevelFormat, type LogTime };

const { epochTime, isoTime, unixTime, nullTime } = pino.stdTimeFunctions;
const TIMES: Readonly<Record<LogTime, () => string>> = {
  epoch: epochTime,
  iso: isoTime,
  unix: unixTime,
  none: nullTime,
};
const BY_NAME = { level: (level: string): object => ({ level }) };

/** What to write; absent parts depend on the format. */
export interface LineChoice {
  readonly format: LogFormat;
  readonly time?: LogTime | undefined;
  readonly level?: LogLevelFormat | undefined;
  readonly messageKey: string;
}

/** Fills in the defaults: pino's, but words in logfmt, which people read. pino-pretty needs the number of a level. */
export function lineForm({ format, time, level, messageKey }: LineChoice): LineForm {
  const isLogfmt = format === 'logfmt';
  return {
    time: time ?? (isLogfmt ? 'iso' : 'epoch'),
    level: format === 'pretty' ? 'number' : (level ?? (isLogfmt ? 'name' : 'number')),
    isLogfmt,
    messageKey,
  };
}

/** The options of pino for this form: functions, which no thread can send to another. */
export function pinoForm({ time, level }: LineForm): Pick<LoggerOptions, 'timestamp' | 'formatters'> {
  return { timestamp: TIMES[time], ...(level === 'name' && { formatters: BY_NAME }) };
}

/** Returns pino's line in this form. */
export function formatted(line: string, { isLogfmt, messageKey }: LineForm): string {
  return isLogfmt ? toLogfmt(line, messageKey) : line;
}
