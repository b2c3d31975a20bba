import pino, { type Logger } from 'pino';
import { type LogCredit, loggedError, type WorkerLogging } from '../src/bridge/index.js';
import type { Outbox } from './answer/outbox.js';

/**
 * Loggers of this thread. A line is made here, by pino, and written by the main thread, so that consumers and the
 * daemon share one stream and one format. Lines are posted at once: the thread may block or die right after.
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

  /** @param current fields of what runs at the time of a line */
  create(fields: object, current: () => object = () => ({})): Logger {
    const { outbox, credit } = this;
    const { level, options } = this.logging;
    const write = (line: string): void => {
      // The wait for credit must not hold answers back.
      outbox.flush();
      credit.take();
      outbox.postNow({ type: 'log', line });
    };
    // What a consumer has bound to a logger of its own stays: pino would write the field twice, and readers take the last.
    const mixin = (_line: object, _level: number, logger: Logger): object =>
      logger === created ? current() : without(current(), logger.bindings());
    const created: Logger = pino({ ...options, level, mixin, serializers: { err: loggedError } }, { write }).child(
      fields,
    );
    return created;
  }
}

function without(fields: object, bound: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in bound)));
}
