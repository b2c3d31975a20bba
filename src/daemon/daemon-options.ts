import type { Logger } from 'pino';
import type { TracingPlan, WorkerLogging } from '../bridge/index.js';
import type { ConnectionsOptions } from './connections.js';
import type { ControlConfig } from './control.js';
import type { HttpConfig } from './observation.js';

export interface DaemonOptions
  extends Pick<ConnectionsOptions, 'configuration' | 'address' | 'connectionName' | 'connectionLogger' | 'random'> {
  readonly threads: number;
  readonly shutdownTimeoutMs: number;
  readonly logger: Logger;
  readonly workerLogging: WorkerLogging;
  readonly sourceMaps: boolean;
  readonly writeLine: (line: string) => void;
  /** Writes what the log still holds. */
  readonly flushLog: () => void;
  /** Of this program. */
  readonly version: string;
  /** Absent: no HTTP server. */
  readonly http: HttpConfig | undefined;
  readonly control: ControlConfig;
  /** Period of the summary lines; 0: none. */
  readonly summaryMs: number;
}

/** Undefined: no spans. */
export function tracingPlan({ configuration, address, version }: DaemonOptions): TracingPlan | undefined {
  const { tracing } = configuration;
  if (tracing === undefined) return undefined;
  const [server, ...others] = address.hosts;
  return { ...tracing, version, ...(server !== undefined && others.length === 0 && { server }) };
}
