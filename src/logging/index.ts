export { CONNECTION_LOGGER_NAME, createLogging, LOGGER_NAME, type Logging, type LoggingOptions } from './logging.js';
export { createPlainLogger } from './plain-logger.js';
export { type RepeatableLine, RepeatedLines, type RepeatedLinesOptions } from './repeated-lines.js';
