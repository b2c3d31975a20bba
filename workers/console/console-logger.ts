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
  attach(instances: readonly AnyInstance[]): void {
    const { thread, loggers } = this.parts;
    this.instances = instances;
    const [first, ...others] = instances.map(({ spec }) => spec);
    if (first === undefined || others.some(({ path }) => path !== first.path)) return;
    this.common = loggers.create({ queue: first.queue, consumer: first.name, thread });
  }

  /** The instances have stopped: only the thread prints, in the shutdown of the startup module. */
  end(): void {
    const { thread, loggers } = this.parts;
    this.instances = [];
    this.common = loggers.create({ thread });
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
    return context.logger() ?? this.likely() ?? this.common;
  }

  /** The logger of the only instance, or of the only one that runs and began too early to be known. */
  private likely(): Logger | undefined {
    const { instances } = this;
    const { followsSinceMs } = this.parts.context;
    const [running, ...others] = instances.filter((instance) => instance.runsSinceBefore(followsSinceMs));
    if (running !== undefined && others.length === 0) return running.logger;
    // Code of a message that began later would be known.
    return instances.length === 1 ? instances[0]?.plainLogger : undefined;
  }
}
