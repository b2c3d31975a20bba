export { CONNECTION_LOGGER_NAME, createLogging, LOGGER_NAME, type Logging, type LoggingOptions } from './logging.js';
export { createPlainLogger } from './plain-logger.js';
