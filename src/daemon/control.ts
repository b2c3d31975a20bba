import type { Logger } from 'pino';
import type { ConsumerConnection, Publisher } from '../broker/index.js';
import { ActionLog, ControlActions, SocketServer } from '../control/index.js';
import type { Delivery } from '../dispatch/index.js';
import { messageOf } from '../errors/index.js';
import type { ThreadPool } from '../threads/index.js';
import type { DaemonOptions } from './daemon-options.js';
import type { Observation } from './observation.js';

/** Where the control socket is. */
export interface ControlConfig {
  readonly path: string;
  /** True: somebody chose the place, so the daemon does not start without it. */
  readonly isRequired: boolean;
}

/** Performs the actions of operators, and serves them over the control socket. */
export class Control {
  readonly actions: ControlActions;
  readonly log: ActionLog;
  private readonly config: ControlConfig;
  private readonly logger: Logger;
  private readonly server: SocketServer;

  constructor(config: ControlConfig, actions: ControlActions, logger: Logger) {
    this.config = config;
    this.actions = actions;
    this.logger = logger;
    this.log = new ActionLog({ actions, logger, nowMs: Date.now });
    this.server = new SocketServer({ path: config.path, perform: (request) => this.log.perform(request), logger });
  }

  /** @throws DispatcherError `CONTROL_SOCKET_FAILED` if the place was chosen */
  async start(): Promise<void> {
    const { path, isRequired } = this.config;
    this.actions.utilization.start();
    try {
      await this.server.start();
      this.logger.debug({ socket: path }, 'control socket ready');
    } catch (error) {
      if (isRequired) throw error;
      this.logger.warn({ socket: path }, `amqp-dispatcher ctl cannot reach this daemon: ${messageOf(error)}`);
    }
  }

  stop(): Promise<void> {
    this.actions.utilization.stop();
    this.actions.live.stop();
    this.actions.inspections.stop();
    return this.server.stop();
  }
}

/** What operators see and steer. */
interface ControlParts {
  readonly observation: Observation;
  readonly connection: ConsumerConnection;
  readonly publisher: Publisher;
  readonly pool: ThreadPool<Delivery>;
  /** False: the thread was not replaced. */
  readonly recycle: (thread: number, reason: string) => Promise<boolean>;
  /** Monotonic. */
  readonly nowMs: () => number;
}

export function openControl(options: DaemonOptions, parts: ControlParts): Control {
  const { configuration, version, logger } = options;
  const { observation, pool } = parts;
  const actions = new ControlActions({
    ...parts,
    configuration,
    killThread: ({ spec }, cause) => pool.killThread(spec.slot, cause),
    setLogLevel: ({ spec }, level) => pool.setLogLevel(spec.slot, level),
    inspection: pool.inspection,
    entries: observation.sources,
    groups: () => pool.status,
    phase: () => observation.phase,
    version,
    logger,
  });
  return new Control(options.control, actions, logger);
}
