import type { Logger } from 'pino';
import { ActionLog, type ControlActions, SocketServer } from '../control/index.js';
import { messageOf } from '../errors/index.js';

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
    try {
      await this.server.start();
      this.logger.debug({ socket: path }, 'control socket ready');
    } catch (error) {
      if (isRequired) throw error;
      this.logger.warn({ socket: path }, `amqp-dispatcher ctl cannot reach this daemon: ${messageOf(error)}`);
    }
  }

  stop(): Promise<void> {
    this.actions.live.stop();
    this.actions.inspections.stop();
    return this.server.stop();
  }
}
