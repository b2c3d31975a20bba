import type { Logger } from 'pino';
import { type RunningMessage, RunningMessages } from './running.js';
import { StatusReader, type StatusReport, type StatusSources } from './status.js';

export interface ControlActionsOptions extends StatusSources {
  readonly logger: Logger;
}

/** The verbs of an operator, on the main thread. Nothing here waits for a thread that computes. */
export class ControlActions {
  private readonly reader: StatusReader;
  private readonly messages: RunningMessages;

  constructor(options: ControlActionsOptions) {
    this.reader = new StatusReader(options);
    this.messages = new RunningMessages(options.entries, options.nowMs);
  }

  status(): StatusReport {
    return this.reader.read();
  }

  /** The longest first. */
  running(): readonly RunningMessage[] {
    return this.messages.list();
  }
}
