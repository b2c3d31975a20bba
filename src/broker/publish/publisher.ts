import type { OutgoingMessage, Publish } from '../../amqp/index.js';
import { encodeOutgoing } from '../../bridge/index.js';
import { DeliveryError, messageOf } from '../../errors/index.js';
import { deferred, pause } from '../../timing/index.js';
import { ConfirmWatch } from './confirm-watch.js';
import { HazardousRoutes } from './hazardous-routes.js';
import { KnownExchanges } from './known-exchanges.js';
import { AmongSeveral, type ConnectionFault, PublishChannel } from './publish-channel.js';
import { PublishConnection, type PublishConnectionOptions } from './publish-connection.js';
import { isOverWhatWasSent, refusedOver } from './publish-refusal.js';
import { PublishRisks } from './publish-risks.js';
import type { PublishDone } from './unconfirmed.js';

/** A message that was lost among others so often is taken for the culprit. */
const MOST_ATTEMPTS = 3;

/**
 * Publishes with confirms, over a connection of its own that is opened at the first publish: a broker that blocks
 * publishers (https://www.rabbitmq.com/docs/connection-blocked) must not hold back acks.
 *
 * For some messages the broker closes the channel, or even the connection, instead of refusing them
 * (https://www.rabbitmq.com/docs/channels#error-handling), and everything else in flight there is left without an answer.
 * So there are two channels: the shared one, where messages follow each other without waiting, and a solitary one with one
 * message at a time. What was lost over an unknown culprit goes again on the solitary one, where only the culprit fails; what
 * is likely to be refused goes there at once. A route that cost a connection goes there while nothing else is in flight.
 */
export class Publisher {
  private readonly options: PublishConnectionOptions;
  private readonly connection: PublishConnection;
  private readonly shared = this.newChannel();
  private readonly solitary = this.newChannel();
  private readonly knownExchanges = new KnownExchanges(() => this.connection.live);
  private readonly hazards: HazardousRoutes;
  private readonly risks: PublishRisks;
  /** The broker ended the connection over one of these. */
  private fault: ConnectionFault | undefined;
  /** The last message of the solitary channel. */
  private solitaryTail: Promise<void> = Promise.resolve();
  /** The last message of a hazardous route. */
  private hazardTail: Promise<void> = Promise.resolve();
  /** Messages that go one by one; later ones wait behind them, so that the order is kept. */
  private sorting = 0;
  private sorted = deferred();
  private idle: (() => void) | undefined;
  private inFlight = 0;
  private readonly closing = new AbortController();

  private readonly watch: ConfirmWatch;

  constructor(options: PublishConnectionOptions) {
    this.options = options;
    this.hazards = new HazardousRoutes(options.nowMs ?? ((): number => performance.now()));
    this.risks = new PublishRisks(options.address.username);
    this.connection = new PublishConnection(options, {
      onOpen: () => this.forget(),
      onUnblocked: () => this.watch.heard(),
      onFault: (cause) => {
        this.fault = { cause, waiting: this.shared.waiting + this.solitary.waiting };
      },
    });
    this.watch = new ConfirmWatch({
      limitMs: options.settings.stallTimeoutMs,
      isWaiting: () => this.inFlight > 0,
      couldAnswer: () => this.connection.couldAnswer,
      onStall: () => this.renew(),
    });
  }

  /**
   * Resolves when the broker has confirmed; waits while the connection is away.
   * @throws DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async publish(publish: Publish): Promise<void> {
    const message = encoded(publish);
    await new Promise<void>((resolve, reject) => {
      this.send(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Publishes what is encoded already; `done` is told what `publish` would resolve or reject with. */
  send(message: OutgoingMessage, done: (error?: unknown) => void): void {
    this.inFlight++;
    this.watch.sent();
    const finish = (error?: unknown): void => {
      this.inFlight--;
      this.watch.heard();
      done(error instanceof AmongSeveral ? refusedOver(error.reason) : error);
      if (this.inFlight === 0) this.idle?.();
    };
    // Straight through when the way is open: so nearly all messages go, and no promise is made of them.
    if (this.isClear(message)) this.sendAmongOthers(message, finish);
    else this.sendInTurn(message, finish).catch(finish);
  }

  /** Resolves when nothing waits for a confirm. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      if (this.inFlight === 0) resolve();
    });
  }

  /** The broker has been reached by another connection: if this one is away, it is tried at once. */
  wake(): void {
    this.connection.wake();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.connection.close();
  }

  /** True when there is nothing to wait for before the message may follow the others. */
  private isClear(message: OutgoingMessage): boolean {
    return (
      this.shared.isOpen &&
      this.sorting === 0 &&
      (message.isForQueue || this.knownExchanges.has(message.route.exchange)) &&
      !this.isHazardous(message) &&
      !this.risks.has(message)
    );
  }

  private async sendInTurn(message: OutgoingMessage, finish: PublishDone): Promise<void> {
    for (;;) {
      if (!this.shared.isOpen) await this.shared.open();
      // Nothing was sent yet: when the connection goes meanwhile, it waits for the next one.
      if (!message.isForQueue && !(await this.knownExchanges.check(message.route.exchange))) continue;
      while (this.sorting > 0) await this.sorted.promise;
      if (this.isHazardous(message)) return this.sendHazardous(message).then(() => finish());
      if (this.risks.has(message)) return this.sendAloneOrAgain(message).then(() => finish());
      // The channel may have gone meanwhile: everything once more.
      if (this.shared.isOpen) return this.sendAmongOthers(message, finish);
    }
  }

  private isHazardous(message: OutgoingMessage): boolean {
    return !this.hazards.isEmpty && this.hazards.has(message.route);
  }

  private sendAmongOthers(message: OutgoingMessage, finish: PublishDone): void {
    this.shared.write(message, (error) => {
      if (error instanceof AmongSeveral) {
        this.sendAgain(message, error).then(() => finish(), finish);
        return;
      }
      this.learn(message, error);
      finish(error);
    });
  }

  private async sendAloneOrAgain(message: OutgoingMessage): Promise<void> {
    try {
      if (!(await this.sendAlone(message))) await this.sendHazardous(message);
    } catch (error) {
      // Those on the shared channel were lost with the connection, too.
      if (!(error instanceof AmongSeveral)) throw error;
      await this.sendAgain(message, error);
    }
  }

  private async sendAgain(message: OutgoingMessage, { reason }: AmongSeveral, attempt = 1): Promise<void> {
    if (attempt === MOST_ATTEMPTS) throw refusedOver(reason);
    if (this.sorting === 0) this.beginSorting(reason.message);
    let isSent = false;
    try {
      isSent = await this.sendWhileOthersWait(message);
    } catch (error) {
      if (!(error instanceof AmongSeveral)) throw error;
      return await this.sendAgain(message, error, attempt + 1);
    }
    if (!isSent) await this.sendHazardous(message);
  }

  private beginSorting(reason: string): void {
    // An exchange may have gone since it was looked up.
    this.knownExchanges.clear();
    this.options.logger.warn(`publish channel closed: ${reason}; what was in flight goes again, one by one`);
  }

  /** At most one in a second after one that cost a connection: those behind it wait for the next connection as well. */
  private sendHazardous(message: OutgoingMessage): Promise<void> {
    const sent = this.sendAfter(this.hazardTail, message);
    this.hazardTail = sent.catch(() => undefined);
    return sent;
  }

  private async sendAfter(before: Promise<void>, message: OutgoingMessage): Promise<void> {
    await before;
    while (!this.closing.signal.aborted) {
      const waitMs = this.hazards.waitMs(message.route) ?? 0;
      if (waitMs === 0) break;
      await pause(waitMs, this.closing.signal);
    }
    await this.sendWhileOthersWait(message, true);
  }

  /** Sends it when nothing else is in flight. False: it is not sent, for its route has cost a connection meanwhile. */
  private async sendWhileOthersWait(message: OutgoingMessage, isHazardous = false): Promise<boolean> {
    if (this.sorting === 0) this.sorted = deferred();
    this.sorting++;
    try {
      await this.shared.idle();
      return await this.sendAlone(message, isHazardous);
    } finally {
      this.sorting--;
      if (this.sorting === 0) this.sorted.resolve();
    }
  }

  private sendAlone(message: OutgoingMessage, isHazardous = this.isHazardous(message)): Promise<boolean> {
    const sent = this.solitaryTail.then(async () => {
      // Known by now; it waits its turn among its like, and nobody waits for it.
      if (!isHazardous && this.isHazardous(message)) return false;
      await this.solitary.send(message);
      return true;
    });
    this.solitaryTail = sent.then(
      () => undefined,
      (error: unknown) => this.learn(message, error),
    );
    return sent;
  }

  /** What the end of one message tells of others like it. */
  private learn(message: OutgoingMessage, error: unknown): void {
    if (!(error instanceof DeliveryError && error.cause instanceof Error)) return;
    if (isOverWhatWasSent(error.cause)) this.hazards.add(message.route);
    this.risks.learn(message, error);
  }

  private newChannel(): PublishChannel {
    return new PublishChannel({ openChannel: () => this.connection.openChannel(), connectionFault: () => this.fault });
  }

  /** Of what is unconfirmed nobody knows whether it arrived: it fails as such, and the connection comes back. */
  private renew(): void {
    const { logger, settings } = this.options;
    const why = `no publish was confirmed for ${settings.stallTimeoutMs} ms`;
    logger.warn({ waiting: this.inFlight }, `${why}: the publish connection is made anew`);
    this.connection.break(new Error(why));
  }

  /** Nothing that was learned of the last connection holds for the next. */
  private forget(): void {
    this.watch.heard();
    this.fault = undefined;
    this.risks.clear();
    this.knownExchanges.clear();
  }
}

/** @throws DeliveryError `PUBLISH_INVALID` */
function encoded(publish: Publish): OutgoingMessage {
  try {
    return encodeOutgoing(publish);
  } catch (error) {
    throw new DeliveryError('PUBLISH_INVALID', `publish: ${messageOf(error)}`, { cause: error });
  }
}
