import type { Logger } from 'pino';
import { isLoopbackAddress } from '../config/index.js';
import { Console } from '../console/index.js';
import type { ControlActions, HistoryPoint, LiveReport } from '../control/index.js';
import { DispatcherError } from '../errors/index.js';
import type { RequestHandler } from '../http/index.js';
import type { Control } from './control.js';
import type { HttpConfig } from './observation.js';

export interface DaemonConsoleOptions {
  readonly http: HttpConfig | undefined;
  readonly control: Control;
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
  start(): void {
    const { http, control, nowMs, logger } = this.options;
    if (http?.console !== true) return;
    if (http.tokenFile === undefined && !isLoopbackAddress(http.listen)) {
      throw new DispatcherError('CONSOLE_TOKEN_UNUSABLE', MISSING);
    }
    this.console = new Console({
      tokenFile: http.tokenFile,
      actions: control.log,
      live: new PolledLive(control.actions),
      nowMs,
      logger,
    });
  }

  stop(): void {
    this.console?.stop();
  }
}

/** Samples of the status without rates. */
class PolledLive {
  private readonly actions: ControlActions;

  constructor(actions: ControlActions) {
    this.actions = actions;
  }

  watch(listener: (report: LiveReport) => void): () => void {
    const tell = (): void => {
      const { groups, entries, ...rest } = this.actions.status();
      listener({
        ...rest,
        at: Date.now(),
        entries: entries.map((entry) => ({ ...entry, doneRate: 0, failedRate: 0, p50Ms: null, p95Ms: null })),
        threads: groups.flatMap(({ name, threads, utilization }) =>
          threads.map((thread) => ({ ...thread, group: name, utilization, running: 0 })),
        ),
      });
    };
    const timer = setInterval(tell, 1_000).unref();
    tell();
    return () => clearInterval(timer);
  }

  history(): readonly HistoryPoint[] {
    return [];
  }
}
