export {
  type BrokerUrl,
  DEFAULT_BROKER_URL,
  describeAddress,
  parseBrokerUrl,
  unusedTls,
} from './broker-url.js';
export type {
  ArgumentTable,
  Configuration,
  ConsumerConfig,
  Entry,
  RecycleConfig,
  UserFunction,
} from './configuration.js';
export { type ConfigurationReading, loadConfiguration, parseConfiguration } from './configuration-file.js';
export { type ConnectionNameParts, connectionName } from './connection-name.js';
export { type Environment, type EnvironmentFlags, readEnvironment } from './environment.js';
export { invalidLogging, type LoggingFile, type LoggingFileOptions, readLoggingFile } from './logging-file.js';
export { displayName, type ModuleReference, parseModuleReference, REFERENCE_EXPECTED } from './module-reference.js';
export { nearestWord } from './nearest-word.js';
export { defaultConnection } from './normalization.js';
export type { PartitionBy } from './partition-by.js';
export { formatProblem, type Position, type Problem } from './problem.js';
export { schemaDocument } from './schema.js';
