import { availableParallelism } from 'node:os';
import {
  type Configuration,
  connectionName,
  type Environment,
  formatProblem,
  type Problem,
  parseBrokerUrl,
  unusedTls,
} from '../config/index.js';
import { defaultSocket } from '../control/index.js';
import { Daemon, type RunEnd } from '../daemon/index.js';
import { type Arguments, version } from './arguments.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { openLogging } from './log/log-file.js';
import type { StopSignals } from './stop-signals.js';

const EXIT_OF: Record<RunEnd, ExitCode> = {
  stopped: EXIT.ok,
  failed: EXIT.failed,
  misconfigured: EXIT.configuration,
};

/** What a run needs besides the command line. */
export interface RunContext {
  readonly configuration: Configuration;
  readonly warnings: readonly Problem[];
  readonly environment: Environment;
  readonly signals: StopSignals;
}

/** Runs the daemon until a signal or a fatal error. */
export async function run(
  { threads, shutdownTimeoutMs, log, http, controlSocket, summaryMs, warnings: flagWarnings }: Arguments,
  { configuration, warnings, environment, signals }: RunContext,
): Promise<ExitCode> {
  const address = parseBrokerUrl(environment.rabbitmqUrl, environment.rabbitmqHeartbeat);
  const { logger, connectionLogger, workerLogging, writeLine, flushLog, closeLog } = await openLogging(
    log,
    environment.loggingFileConfig,
  );
  for (const warning of flagWarnings) logger.warn(warning);
  for (const warning of warnings) logger.warn(formatProblem(warning));
  const idleTls = unusedTls(address, configuration.connection.tls);
  for (const warning of [...address.warnings, ...(idleTls === undefined ? [] : [idleTls])]) {
    connectionLogger.warn(warning);
  }
  // A reader that went away (EPIPE) must not end the daemon.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => undefined);
    // Each thread pipes into them, so many listeners are not a leak.
    stream.setMaxListeners(0);
  }
  const dispatcher = new Daemon({
    configuration,
    address,
    connectionName: connectionName({ ...environment, pid: process.pid, random: Math.random }),
    threads: threads ?? configuration.threads ?? availableParallelism(),
    shutdownTimeoutMs,
    logger,
    connectionLogger,
    workerLogging,
    sourceMaps: environment.sourceMaps,
    writeLine,
    flushLog,
    random: Math.random,
    version,
    http:
      http === undefined ? configuration.http : { metrics: true, console: false, ...configuration.http, listen: http },
    control: {
      path:
        controlSocket ??
        configuration.controlSocket ??
        defaultSocket({ runtimeFolder: environment.runtimeFolder, pid: process.pid }),
      isRequired: (controlSocket ?? configuration.controlSocket) !== undefined,
    },
    summaryMs: summaryMs ?? configuration.summaryMs,
  });
  signals.listen((signal, count) => {
    logger.info({ signal }, count === 1 ? `${signal}: stopping` : `${signal} again: stopping at once`);
    if (count === 1) dispatcher.stop();
    else dispatcher.kill();
  });
  try {
    return EXIT_OF[await dispatcher.run()];
  } finally {
    await closeLog();
  }
}
