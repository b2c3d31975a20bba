import pino, { type Logger } from 'pino';
import type { WorkerLogging } from '../src/protocol/index.js';
import type { Outbox } from './outbox.js';

/**
 * Loggers of this thread. A line is made here, by pino, and written by the main thread, so that consumers and the
 * daemon share one stream and one format. Lines are posted at once: the thread may block or die right after.
 */
export class WorkerLoggers {
  private readonly logging: WorkerLogging;
  private readonly outbox: Outbox;

  constructor(logging: WorkerLogging, outbox: Outbox) {
    this.logging = logging;
    this.outbox = outbox;
  }

  /** @param current fields of what runs at the time of a line */
  create(fields: object, current: () => object = () => ({})): Logger {
    const { outbox } = this;
    const { level, options } = this.logging;
    const destination = { write: (line: string): void => outbox.postNow({ type: 'log', line }) };
    return pino({ ...options, level, mixin: current }, destination).child(fields);
  }
}
