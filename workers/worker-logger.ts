import { performance } from 'node:perf_hooks';
import pino, { type Logger } from 'pino';
import { type LogCredit, loggedError, type WorkerLogging } from '../src/bridge/index.js';
import { formatted, pinoForm, RepeatedLines } from '../src/logging/index.js';
import type { Outbox } from './answer/outbox.js';
import type { InstanceHost } from './instance/instance-host.js';

/**
 * This thread's loggers. The main thread writes their lines, so all share one stream. Posted at once: the thread may
 * block or die next.
 */
export class WorkerLoggers {
  private readonly logging: WorkerLogging;
  private readonly outbox: Outbox;
  private readonly credit: LogCredit;

  constructor(logging: WorkerLogging, outbox: Outbox, credit: LogCredit) {
    this.logging = logging;
    this.outbox = outbox;
    this.credit = credit;
  }

  /** @param current fields of the running message, for each line */
  create(fields: object, current: () => object = () => ({})): Logger {
    const { outbox, credit } = this;
    const { level, options, form } = this.logging;
    const write = (line: string): void => {
      // Waiting for credit must not hold back answers.
      outbox.flush();
      const text = formatted(line, form);
      credit.wait(text);
      outbox.postNow({ type: 'log', line: text });
      credit.take(text);
    };
    // The consumer's own field wins: pino would write both, and readers take the last.
    const mixin = (_line: object, _level: number, logger: Logger): object =>
      logger === created ? current() : without(current(), logger.bindings());
    const created: Logger = pino(
      { ...options, ...pinoForm(form), level, mixin, serializers: { err: loggedError } },
      { write },
    ).child(fields);
    return created;
  }
}

/** The loggers of one instance, whose level an operator may change. */
export class InstanceLoggers {
  /** Of the consumer's console. User code never has it: a method that it replaces may print, and so call itself. */
  readonly console: Logger;
  /** Of `context.logger`. A child logger that the consumer has made keeps its level. */
  readonly context: Logger;
  /** Without the fields of the running message. */
  readonly plain: Logger;
  /** For lines that name their message, which may have ended. */
  readonly repeated: RepeatedLines;

  /** @param current fields of the running message, for each line */
  constructor(loggers: Pick<InstanceHost, 'createLogger'>, fields: object, current: () => object) {
    this.console = loggers.createLogger(fields, current);
    this.context = loggers.createLogger(fields, current);
    this.plain = loggers.createLogger(fields, () => ({}));
    this.repeated = new RepeatedLines({ logger: this.plain, shared: {}, nowMs: () => performance.now() });
  }

  setLevel(level: string): void {
    for (const logger of [this.console, this.context, this.plain]) logger.level = level;
  }
}

function without(fields: object, bound: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in bound)));
}
