import type { Logger } from 'pino';
import type { BrokerAddress } from '../broker/index.js';
import { type Configuration, isLoopbackAddress } from '../config/index.js';
import type { Console } from '../console/index.js';
import { DispatcherError } from '../errors/index.js';
import type { RequestHandler } from '../http/index.js';
import type { Control } from './control.js';
import type { HttpConfig } from './observation.js';

export interface DaemonConsoleOptions {
  readonly http: HttpConfig | undefined;
  readonly control: Control;
  readonly configuration: Configuration;
  readonly address: BrokerAddress;
  readonly connectionName: string;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

const MISSING =
  'the console needs a token on an address that is not loopback: set http.token_file, or listen on 127.0.0.1';

/** Opens the console if the configuration has one. */
export class DaemonConsole {
  private readonly options: DaemonConsoleOptions;
  private console: Console | undefined;

  constructor(options: DaemonConsoleOptions) {
    this.options = options;
  }

  /** Undefined: there is no console. */
  get handler(): RequestHandler | undefined {
    const { console } = this;
    return console === undefined ? undefined : (request, response) => console.handle(request, response);
  }

  /** @throws DispatcherError `CONSOLE_TOKEN_UNUSABLE` */
  async start(): Promise<void> {
    const { http, control, configuration, address, connectionName, nowMs, logger } = this.options;
    if (http?.console !== true) return;
    if (http.tokenFile === undefined && !isLoopbackAddress(http.listen)) {
      throw new DispatcherError('CONSOLE_TOKEN_UNUSABLE', MISSING);
    }
    // 85 modules that no other daemon needs.
    const { Console } = await import('../console/index.js');
    control.actions.live.keepHistory();
    this.console = new Console({
      tokenFile: http.tokenFile,
      actions: control.log,
      live: control.actions.live,
      dead: { ...configuration, address, settings: configuration.connection, name: `${connectionName}.dead` },
      nowMs,
      logger,
    });
  }

  /** Resolves within this time. */
  async drain(timeoutMs: number): Promise<void> {
    await this.console?.drain(timeoutMs);
  }

  async kill(): Promise<void> {
    await this.console?.kill();
  }

  stop(): void {
    this.console?.stop();
  }
}
