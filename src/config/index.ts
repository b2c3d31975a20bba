export { nearestWord } from '../errors/index.js';
export { nearestValue } from './checks/did-you-mean.js';
export type { UserModule } from './checks/user-modules.js';
export type {
  ArgumentTable,
  Configuration,
  ConsumerConfig,
  Entry,
  RecycleConfig,
  ThreadLimits,
  UserFunction,
} from './configuration.js';
export {
  type ConfigurationReading,
  loadConfiguration,
  parseConfiguration,
  type ReadingOptions,
} from './configuration-file.js';
export { type Environment, type EnvironmentFlags, readEnvironment } from './environment.js';
export {
  checkLoggingFile,
  invalidLogging,
  type LoggingFile,
  type LoggingFileOptions,
  readLoggingFile,
} from './logging-file.js';
export { defaultConnection } from './normalization.js';
export { formatProblem, type Path, type Position, type Problem, RULES, type Rule } from './problem.js';
export { schemaDocument } from './schema/schema.js';
export type { Selection } from './selection.js';
export {
  type BrokerUrl,
  DEFAULT_BROKER_URL,
  describeAddress,
  parseBrokerUrl,
  unusedTls,
} from './values/broker-url.js';
export { type ConnectionNameParts, connectionName } from './values/connection-name.js';
export { readConsoleToken } from './values/console-token.js';
export { isLoopbackAddress, LISTEN_EXPECTED, type ListenAddress, parseListenAddress } from './values/listen-address.js';
export {
  displayName,
  type ModuleReference,
  parseModuleReference,
  REFERENCE_EXPECTED,
} from './values/module-reference.js';
export type { PartitionBy } from './values/partition-by.js';
export { parseRate, RATE_EXPECTED, RATE_PATTERN, writeRate } from './values/rate.js';
