import type { Logger } from 'pino';

/** A consumer may misuse its port a million times. */
const MOST = 5;

/** Logs the first few things that a thread should not have sent. */
export class Complaints {
  private readonly logger: Logger;
  private readonly sender: string;
  private count = 0;

  /** @param sender `worker thread 1` */
  constructor(logger: Logger, sender: string) {
    this.logger = logger;
    this.sender = sender;
  }

  note(what: string): void {
    this.count++;
    if (this.count > MOST) return;
    const more = this.count === MOST ? ' (further ones are not logged)' : '';
    this.logger.warn(`${this.sender} sent ${what}; ignoring it${more}`);
  }
}
