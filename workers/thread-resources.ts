import type { Logger } from 'pino';
import { isRecord, type ModuleReference, type StartStep, startStep } from '../src/bridge/index.js';
import type { Resources, ShutdownHandler, StartupContext } from '../src/consumer-api/index.js';
import { ConsumerError, messageOf } from '../src/errors/index.js';
import type { CleanContext } from './instance/clean-context.js';
import { shown } from './instance/consumer-shutdown.js';
import type { StopDeadline } from './instance/stop-deadline.js';
import type { ModuleLoader } from './load/module-loader.js';
import { loadPlaced } from './load/place.js';
import { kindOf, nameOf } from './load/user-export.js';

export interface ResourcesOptions {
  /** Absent: consumers get `{}`. */
  readonly handler: ModuleReference | undefined;
  readonly thread: number;
  readonly threads: number;
  /** Longest time that `shutdown` may take. */
  readonly shutdownTimeoutMs: number;
  readonly loader: ModuleLoader;
  readonly context: CleanContext;
  readonly createLogger: () => Logger;
  /** Called before user code, which may hang. */
  readonly onStep: (step: StartStep) => void;
  /** Called before `shutdown`, which may end the thread. */
  readonly onShutdown: () => void;
}

/**
 * The resources of one thread: made by the startup handler, undone by the `shutdown` beside it.
 *
 *     empty ── start ──▶ open ── stop ──▶ closed
 *     empty ── the handler failed, or has not ended at the stop ──▶ empty (nothing to undo)
 */
export class ThreadResources {
  private readonly options: ResourcesOptions;
  private made: Resources = {};
  private shutdown: ShutdownHandler | undefined;

  constructor(options: ResourcesOptions) {
    this.options = options;
  }

  /** `context.resources` of this thread's consumers: the handler's own object, not a copy. */
  get value(): Resources {
    return this.made;
  }

  /** Runs the startup handler. @throws its error; ConfigurationError; ConsumerError `STARTUP_FAILED` */
  async start(): Promise<void> {
    const { handler, loader, context, onStep } = this.options;
    if (handler === undefined) return;
    const { startup, shutdown } = await loadPlaced(handler, () => loader.startupHandler(handler));
    const argument = this.argument();
    onStep(startStep('startup', nameOf(handler)));
    const made: unknown = await context.run(() => startup(argument));
    if (made !== undefined) this.made = recordOf(made, handler);
    this.shutdown = shutdown;
  }

  /** Calls `shutdown` and awaits it, within the timeout and the deadline. Never rejects. */
  async stop(deadline: StopDeadline): Promise<void> {
    const { shutdown } = this;
    const { handler, context, shutdownTimeoutMs, onShutdown } = this.options;
    if (shutdown === undefined || handler === undefined) return;
    this.shutdown = undefined;
    const { module } = handler;
    const argument = this.argument();
    const { logger } = argument;
    const code = 'STARTUP_SHUTDOWN_FAILED';
    onShutdown();
    const call = async (): Promise<void> => {
      try {
        await context.run(() => shutdown(this.made, argument));
      } catch (error) {
        const err = shown(error);
        logger.error({ code, err }, `shutdown of the startup module "${module}" threw: ${messageOf(err)}`);
      }
    };
    await deadline.within(shutdownTimeoutMs, call(), (allowedMs) => {
      logger.error(
        { code },
        `shutdown of the startup module "${module}" outlasted ${allowedMs} ms; ending the thread without it`,
      );
    });
  }

  private argument(): StartupContext {
    const { thread, threads, createLogger } = this.options;
    return { thread, threads, logger: createLogger() };
  }
}

function recordOf(made: unknown, handler: ModuleReference): Resources {
  if (isRecord(made)) return made;
  const why = `${nameOf(handler)} returned ${kindOf(made)}`;
  throw new ConsumerError(
    'STARTUP_FAILED',
    `${why} (expected an object, whose properties are context.resources, or nothing)`,
  );
}
