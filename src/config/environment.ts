import { hostname } from 'node:os';
import type { Variables } from './interpolation/interpolation.js';

/** The environment variables as text, unchecked. */
export interface Environment {
  readonly rabbitmqUrl: string | undefined;
  /** Seconds; overrides the query string of the URL. */
  readonly rabbitmqHeartbeat: string | undefined;
  readonly loggingFileConfig: string | undefined;
  readonly nomadJobName: string | undefined;
  readonly nomadAllocId: string | undefined;
  readonly hostname: string;
  /** XDG_RUNTIME_DIR. */
  readonly runtimeFolder: string | undefined;
  /** False if Node.js was told `--no-enable-source-maps`. */
  readonly sourceMaps: boolean;
  /** NO_COLOR (https://no-color.org). */
  readonly noColor: boolean;
  readonly flags: EnvironmentFlags;
  /** All of them, for `${NAME}` in the configuration file. */
  readonly variables: Variables;
}

/** The environment variables that stand in for command-line flags. */
export interface EnvironmentFlags {
  readonly config?: string;
  readonly threads?: string;
  readonly validate?: string;
  readonly format?: string;
  readonly strict?: string;
  readonly broker?: string;
  readonly shutdownTimeout?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly logTime?: string;
  readonly logLevelFormat?: string;
  readonly only?: string;
  readonly except?: string;
  readonly http?: string;
  readonly summary?: string;
  readonly controlSocket?: string;
}

/**
 * Reads the environment; nothing else may.
 *
 * Ignores other variables that begin with AMQP_DISPATCHER_: Kubernetes gives every pod AMQP_DISPATCHER_SERVICE_HOST and
 * AMQP_DISPATCHER_PORT when a service is named `amqp-dispatcher`.
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  nodeFlags: readonly string[] = process.execArgv,
): Environment {
  // Compose files and Nomad templates pass unset variables as empty strings.
  const read = (name: string): string | undefined => env[name] || undefined;
  const flag = (key: keyof EnvironmentFlags, name: string): EnvironmentFlags => {
    const value = read(`AMQP_DISPATCHER_${name}`);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    rabbitmqUrl: read('RABBITMQ_URL'),
    rabbitmqHeartbeat: read('RABBITMQ_HEARTBEAT'),
    noColor: read('NO_COLOR') !== undefined,
    loggingFileConfig: read('LOGGING_FILE_CONFIG'),
    nomadJobName: read('NOMAD_JOB_NAME'),
    nomadAllocId: read('NOMAD_ALLOC_ID'),
    hostname: hostname(),
    runtimeFolder: read('XDG_RUNTIME_DIR'),
    sourceMaps: wantsSourceMaps([env['NODE_OPTIONS'] ?? '', ...nodeFlags].join(' ')),
    flags: {
      ...flag('config', 'CONFIG'),
      ...flag('threads', 'THREADS'),
      ...flag('validate', 'VALIDATE'),
      ...flag('format', 'FORMAT'),
      ...flag('strict', 'STRICT'),
      ...flag('broker', 'BROKER'),
      ...flag('shutdownTimeout', 'SHUTDOWN_TIMEOUT'),
      ...flag('logLevel', 'LOG_LEVEL'),
      ...flag('logFormat', 'LOG_FORMAT'),
      ...flag('logTime', 'LOG_TIME'),
      ...flag('logLevelFormat', 'LOG_LEVEL_FORMAT'),
      ...flag('only', 'ONLY'),
      ...flag('except', 'EXCEPT'),
      ...flag('http', 'HTTP'),
      ...flag('summary', 'SUMMARY'),
      ...flag('controlSocket', 'CONTROL_SOCKET'),
    },
    variables: env,
  };
}

/** As in Node.js, the last flag counts, and the command line comes after NODE_OPTIONS. */
function wantsSourceMaps(nodeFlags: string): boolean {
  const [last] = [...nodeFlags.matchAll(/(?<=^|[\s"])--(no[-_])?enable[-_]source[-_]maps(?=$|[\s"])/g)].slice(-1);
  return last?.[1] === undefined;
}
