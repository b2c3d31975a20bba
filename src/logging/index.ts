export {
  formatted,
  LOG_FORMATS,
  LOG_LEVEL_FORMATS,
  LOG_TIMES,
  type LogFormat,
  type LogLevelFormat,
  type LogTime,
  lineForm,
  pinoForm,
} from './line-format.js';
export {
  CONNECTION_LOGGER_NAME,
  createLogging,
  LOGGER_NAME,
  type Logging,
  type LoggingSettings,
  optionsFault,
} from './logging.js';
export { createPlainLogger } from './plain-logger.js';
export { CONTROLS, printable } from './printable.js';
export { type RepeatableLine, RepeatedLines, type RepeatedLinesOptions } from './repeated-lines.js';
export {
  destinationFault,
  locateTarget,
  type Target,
  type TransportFault,
  targetsOf,
  withAddresses,
} from './transport.js';
export { openTransport, type TransportStream } from './transport-stream.js';
