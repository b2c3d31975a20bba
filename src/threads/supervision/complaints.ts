import type { Logger } from 'pino';

/** A consumer that misuses its port may do so a million times: this many lines are enough to find it. */
const MOST = 5;

/** What a thread sent that it should not have; told to the log, but never so often that the log drowns. */
export class Complaints {
  private readonly logger: Logger;
  private readonly sender: string;
  private count = 0;

  /** @param sender who it comes from, for the log: `worker thread 1` */
  constructor(logger: Logger, sender: string) {
    this.logger = logger;
    this.sender = sender;
  }

  /** Notes what was ignored: `a message of an unknown type`. */
  note(what: string): void {
    this.count++;
    if (this.count > MOST) return;
    const more = this.count === MOST ? ' (further ones are not logged)' : '';
    this.logger.warn(`${this.sender} sent ${what}; ignoring it${more}`);
  }
}
