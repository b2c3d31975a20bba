import type { Logger } from 'pino';
import type { CleanContext } from '../instance/clean-context.js';
import type { AnyInstance } from '../instance/consumer-instance.js';
import type { WorkerLoggers } from '../worker-logger.js';
import type { ConsoleLevel } from './console-lines.js';

/** The parts of a console logger. */
export interface ConsoleLoggerParts {
  readonly thread: number;
  readonly context: CleanContext;
  readonly loggers: WorkerLoggers;
}

/** Chooses the logger for a line of the console, which does not say who writes it. */
export class ConsoleLogger {
  private readonly parts: ConsoleLoggerParts;
  private instances: readonly AnyInstance[] = [];
  private common: Logger;
  private isWriting = false;

  constructor(parts: ConsoleLoggerParts) {
    this.parts = parts;
    this.common = parts.loggers.create({ thread: parts.thread });
  }

  /** All modules are loaded, and these are the thread's instances. */
  serve(instances: readonly AnyInstance[]): void {
    const { thread, loggers } = this.parts;
    this.instances = instances;
    const [first, ...others] = instances.map(({ spec }) => spec);
    if (first === undefined || others.some(({ path }) => path !== first.path)) return;
    this.common = loggers.create({ queue: first.queue, consumer: first.name, thread });
  }

  /** Drops a line that is printed while another is written: each would write the next without end. */
  write(level: ConsoleLevel, text: string): void {
    if (this.isWriting) return;
    this.isWriting = true;
    try {
      this.current()[level]({ console: true }, text);
    } finally {
      this.isWriting = false;
    }
  }

  /** The logger of the instance whose code runs, else of the thread. */
  private current(): Logger {
    const { context } = this.parts;
    return context.logger() ?? this.likely()?.logger ?? this.common;
  }

  /** The only instance, or the only one that runs and began too early to be known. */
  private likely(): AnyInstance | undefined {
    const { instances } = this;
    if (instances.length === 1) return instances[0];
    const { followsSinceMs } = this.parts.context;
    const [running, ...others] = instances.filter((instance) => instance.runsSinceBefore(followsSinceMs));
    return others.length === 0 ? running : undefined;
  }
}
