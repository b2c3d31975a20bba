import type { Logger } from 'pino';
import { type ControlActions, perform, SocketServer } from '../control/index.js';
import { messageOf } from '../errors/index.js';

/** Where the control socket is. */
export interface ControlConfig {
  readonly path: string;
  /** True: somebody chose the place, so the daemon does not start without it. */
  readonly isRequired: boolean;
}

/** Serves the actions over the control socket. */
export class Control {
  private readonly config: ControlConfig;
  private readonly logger: Logger;
  private readonly server: SocketServer;

  constructor(config: ControlConfig, actions: ControlActions, logger: Logger) {
    this.config = config;
    this.logger = logger;
    this.server = new SocketServer({ path: config.path, perform: (request) => perform(actions, request), logger });
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
    return this.server.stop();
  }
}
