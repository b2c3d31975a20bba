import { DeliveryError, messageOf } from '../errors/index.js';
import type { LiveConnection } from './live-connection.js';

/** Publishing to a missing exchange closes the channel for everybody: it is asked for first, once for each exchange. */
export class KnownExchanges {
  private readonly live: () => LiveConnection | undefined;
  private readonly lookUps = new Map<string, Promise<void>>();
  private readonly found = new Set<string>();

  /** @param live the connection to ask over */
  constructor(live: () => LiveConnection | undefined) {
    this.live = live;
  }

  /** True for one that was found. */
  has(exchange: string): boolean {
    return this.found.has(exchange);
  }

  /** Resolves when the exchange is known. @throws DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNCONFIRMED` */
  check(exchange: string): Promise<void> {
    const begun = this.lookUps.get(exchange);
    if (begun !== undefined) return begun;
    const lookUp = this.lookUp(exchange);
    this.lookUps.set(exchange, lookUp);
    lookUp.then(
      // Forgotten meanwhile, it may be gone as well.
      () => this.lookUps.get(exchange) === lookUp && this.found.add(exchange),
      () => this.lookUps.delete(exchange),
    );
    return lookUp;
  }

  clear(): void {
    this.lookUps.clear();
    this.found.clear();
  }

  private async lookUp(exchange: string): Promise<void> {
    const live = this.live();
    try {
      const probe = await live?.model.createChannel();
      probe?.on('error', () => undefined);
      await probe?.checkExchange(exchange);
      await probe?.close();
    } catch (error) {
      const isGone = live?.gone.aborted === true;
      throw new DeliveryError(
        isGone ? 'PUBLISH_UNCONFIRMED' : 'PUBLISH_REFUSED',
        `cannot publish to exchange "${exchange}": ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}
