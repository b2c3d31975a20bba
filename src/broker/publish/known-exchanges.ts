import { DeliveryError } from '../../errors/index.js';
import { causeOf, type LiveConnection } from '../connection/live-connection.js';
import { mayPass, reasonOf } from '../connection/refusal.js';
import { openChannel } from '../topology/declaration.js';

/**
 * Checks each exchange before the first publish to it: a missing one closes the channel, with all messages in flight.
 */
export class KnownExchanges {
  private readonly live: () => LiveConnection | undefined;
  private readonly lookUps = new Map<string, Promise<boolean>>();
  private readonly found = new Set<string>();

  constructor(live: () => LiveConnection | undefined) {
    this.live = live;
  }

  has(exchange: string): boolean {
    return this.found.has(exchange);
  }

  /**
   * False when the connection was lost before the answer.
   * @throws DeliveryError `PUBLISH_REFUSED`
   */
  check(exchange: string): Promise<boolean> {
    const begun = this.lookUps.get(exchange);
    if (begun !== undefined) return begun;
    const lookUp = this.lookUp(exchange);
    this.lookUps.set(exchange, lookUp);
    const remember = (isFound: boolean): void => {
      // `clear` was called meanwhile.
      if (this.lookUps.get(exchange) !== lookUp) return;
      if (isFound) this.found.add(exchange);
      else this.lookUps.delete(exchange);
    };
    lookUp.then(remember, () => remember(false));
    return lookUp;
  }

  clear(): void {
    this.lookUps.clear();
    this.found.clear();
  }

  private async lookUp(exchange: string): Promise<boolean> {
    const live = this.live();
    try {
      const probe = live === undefined ? undefined : await openChannel(live.opened);
      await probe?.checkExchange(exchange);
      await probe?.close();
      return true;
    } catch (error) {
      const cause = live === undefined ? error : causeOf(live, error);
      if (live?.gone.aborted === true && !mayPass(cause)) return false;
      const message = `cannot publish to exchange "${exchange}": ${reasonOf(cause)}`;
      throw new DeliveryError('PUBLISH_REFUSED', message, { cause });
    }
  }
}
