import type { Logger } from 'pino';
import { BackOff, pause } from '../../timing/index.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { Culprits, Request } from '../topology/culprits.js';
import { type TrialOptions, tryAlone } from '../topology/trial.js';

export interface HeldBackOptions extends TrialOptions {
  readonly culprits: Culprits;
  readonly logger: Logger;
  /** Sends an accepted request on the connection again. */
  readonly askAgain: (connection: LiveConnection, request: Request) => Promise<void>;
  /** Called when that ended the connection. */
  readonly accuse: (connection: LiveConnection, request: Request) => void;
}

/** Retries the requests that were held back, with back-off: each on a connection of its own first. */
export class HeldBackRequests {
  private readonly options: HeldBackOptions;
  private readonly backOff: BackOff;

  constructor(options: HeldBackOptions) {
    this.options = options;
    this.backOff = new BackOff(options.settings.retry, options.random);
  }

  /** Resolves when none is held back any more, or the connection is over. */
  async retry(connection: LiveConnection): Promise<void> {
    const { culprits, logger, signal, askAgain, accuse } = this.options;
    const isOver = (): boolean => connection.gone.aborted || signal.aborted;
    for (let request = culprits.next; request !== undefined; request = culprits.next) {
      if (isOver()) return;
      const waitMs = this.backOff.nextMs();
      logger.info({ waitMs }, `${request.place}: skipped ${request.what}; retrying in ${waitMs} ms`);
      await pause(waitMs, connection.gone, signal);
      if (isOver()) return;
      const refusal = await tryAlone(request, this.options);
      if (isOver()) return;
      if (refusal === undefined) {
        culprits.release(request);
        await askAgain(connection, request);
        if (connection.gone.aborted) return accuse(connection, request);
      } else {
        culprits.holdBack(request);
        logger.warn(`${request.place}: ${request.what} is still refused: ${refusal}`);
      }
    }
    this.backOff.reset();
  }
}
