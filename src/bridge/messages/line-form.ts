/** The time in a log line, by name. */
export const LOG_TIMES = ['epoch', 'iso', 'unix', 'none'] as const;
/** Milliseconds since 1970, ISO 8601, seconds since 1970, no time. */
export type LogTime = (typeof LOG_TIMES)[number];

/** The level in a log line, by name. */
export const LOG_LEVEL_FORMATS = ['number', 'name'] as const;
/** 30, or info. */
export type LogLevelFormat = (typeof LOG_LEVEL_FORMATS)[number];

/** How a thread writes its log lines. */
export interface LineForm {
  readonly time: LogTime;
  readonly level: LogLevelFormat;
  /** False: JSON. */
  readonly isLogfmt: boolean;
  /** The key of the message in the JSON line. */
  readonly messageKey: string;
}
