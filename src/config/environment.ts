import { hostname } from 'node:os';

/** What the environment says, as it says it: nothing here is checked yet. */
export interface Environment {
  readonly rabbitmqUrl: string | undefined;
  /** Seconds; wins over the query string of the URL. */
  readonly rabbitmqHeartbeat: string | undefined;
  readonly loggingFileConfig: string | undefined;
  readonly nomadJobName: string | undefined;
  readonly nomadAllocId: string | undefined;
  readonly hostname: string;
  readonly flags: EnvironmentFlags;
}

/** The environment's twins of the command line's flags. */
export interface EnvironmentFlags {
  readonly config?: string;
  readonly threads?: string;
  readonly validate?: string;
  readonly shutdownTimeout?: string;
  readonly logLevel?: string;
}

/**
 * Reads the environment; this is the only place that does.
 *
 * Other variables that begin with AMQP_DISPATCHER_ are left alone on purpose: for a service named
 * `amqp-dispatcher`, Kubernetes gives every pod AMQP_DISPATCHER_SERVICE_HOST and AMQP_DISPATCHER_PORT.
 */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  // Compose files and Nomad templates pass what is not set as empty, so empty means not set.
  const read = (name: string): string | undefined => env[name] || undefined;
  const flag = (key: keyof EnvironmentFlags, name: string): EnvironmentFlags => {
    const value = read(`AMQP_DISPATCHER_${name}`);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    rabbitmqUrl: read('RABBITMQ_URL'),
    rabbitmqHeartbeat: read('RABBITMQ_HEARTBEAT'),
    loggingFileConfig: read('LOGGING_FILE_CONFIG'),
    nomadJobName: read('NOMAD_JOB_NAME'),
    nomadAllocId: read('NOMAD_ALLOC_ID'),
    hostname: hostname(),
    flags: {
      ...flag('config', 'CONFIG'),
      ...flag('threads', 'THREADS'),
      ...flag('validate', 'VALIDATE'),
      ...flag('shutdownTimeout', 'SHUTDOWN_TIMEOUT'),
      ...flag('logLevel', 'LOG_LEVEL'),
    },
  };
}
