import type { OutgoingMessage, Publish } from '../../amqp/index.js';
import { DeliveryError } from '../../errors/index.js';
import { deferred } from '../../timing/index.js';
import { ConfirmWatch } from './confirm-watch.js';
import { HazardousRoutes } from './hazardous-routes.js';
import { KnownExchanges } from './known-exchanges.js';
import { AmongSeveral, type ConnectionFault, PublishChannel } from './publish-channel.js';
import { PublishConnection, type PublishConnectionOptions } from './publish-connection.js';
import { encoded, isOverWhatWasSent, refusedOver } from './publish-refusal.js';
import { PublishRisks } from './publish-risks.js';
import type { PublishDone } from './unconfirmed.js';

/** A message lost with others this often counts as the culprit. */
const MOST_ATTEMPTS = 3;

/**
 * Publishes with confirms over a connection of its own: a broker that blocks publishers
 * (https://www.rabbitmq.com/docs/connection-blocked) must not hold back acks.
 *
 * For some messages the broker closes the channel or connection
 * (https://www.rabbitmq.com/docs/channels#error-handling), and leaves everything in flight there unanswered. So
 * messages follow each other on a shared channel; those lost with an unknown culprit, or likely to be refused, go one
 * at a time on a solitary channel, where only the culprit fails. Messages to a route that cost a connection go there
 * while nothing else is in flight.
 */
export class Publisher {
  private readonly options: PublishConnectionOptions;
  private readonly connection: PublishConnection;
  private readonly shared = this.newChannel();
  private readonly solitary = this.newChannel();
  private readonly knownExchanges = new KnownExchanges(() => this.connection.live);
  private readonly hazards: HazardousRoutes;
  private readonly risks: PublishRisks;
  private fault: ConnectionFault | undefined;
  private solitaryTail: Promise<void> = Promise.resolve();
  private hazardTail: Promise<void> = Promise.resolve();
  /** Messages that go one by one; later ones wait to keep the order. */
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
   * Waits while the connection is down.
   * @throws DeliveryError `PUBLISH_REFUSED`, `PUBLISH_UNROUTABLE`, `PUBLISH_UNCONFIRMED`, `PUBLISH_INVALID`
   */
  async publish(publish: Publish): Promise<void> {
    const message = encoded(publish);
    await new Promise<void>((resolve, reject) => {
      this.send(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** `done` gets the error that `publish` would reject with. */
  send(message: OutgoingMessage, done: (error?: unknown) => void): void {
    this.inFlight++;
    this.watch.sent();
    const finish = (error?: unknown): void => {
      this.inFlight--;
      this.watch.heard();
      done(error instanceof AmongSeveral ? refusedOver(error.reason) : error);
      if (this.inFlight === 0) this.idle?.();
    };
    // Fast path for nearly every message, without a promise.
    if (this.isClear(message)) this.sendAmongOthers(message, finish);
    else this.sendInTurn(message, finish).catch(finish);
  }

  /** Waits for the confirms; still accepts publishes, because a consumer's `shutdown()` may publish. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      if (this.inFlight === 0) resolve();
    });
  }

  /** False while no broker is connected, or it blocks publishers. */
  get couldConfirm(): boolean {
    return this.connection.couldAnswer;
  }

  get isConnected(): boolean {
    return this.connection.isConnected;
  }

  /** True while the broker accepts no publishes, such as during a memory alarm. */
  get isBlocked(): boolean {
    return this.connection.isBlockedByBroker;
  }

  wake(): void {
    this.connection.wake();
  }

  /** Closes the connection, within two seconds or by the deadline. */
  async stop(deadline?: AbortSignal): Promise<void> {
    this.closing.abort();
    await this.connection.stop(deadline);
  }

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
      if (!message.isForQueue && !(await this.knownExchanges.check(message.route.exchange))) continue;
      while (this.sorting > 0) await this.sorted.promise;
      if (this.isHazardous(message)) return this.sendHazardous(message).then(() => finish());
      if (this.risks.has(message)) return this.sendAloneOrAgain(message).then(() => finish());
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
    // The exchange may have been deleted since its check.
    this.knownExchanges.clear();
    this.options.logger.warn(`publish channel closed: ${reason}; resending unconfirmed messages one at a time`);
  }

  /** At most one per second after one that cost a connection, because the others wait as well. */
  private sendHazardous(message: OutgoingMessage): Promise<void> {
    const sent = this.sendAfter(this.hazardTail, message);
    this.hazardTail = sent.catch(() => undefined);
    return sent;
  }

  private async sendAfter(before: Promise<void>, message: OutgoingMessage): Promise<void> {
    await before;
    await this.hazards.untilAllowed(message.route, this.closing.signal);
    await this.sendWhileOthersWait(message, true);
  }

  /** False: its route has cost a connection meanwhile. */
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

  private learn(message: OutgoingMessage, error: unknown): void {
    if (!(error instanceof DeliveryError && error.cause instanceof Error)) return;
    if (isOverWhatWasSent(error.cause)) this.hazards.add(message.route);
    this.risks.learn(message, error);
  }

  private newChannel(): PublishChannel {
    return new PublishChannel({ openChannel: () => this.connection.openChannel(), connectionFault: () => this.fault });
  }

  /** Unconfirmed messages may have arrived, so they fail and do not go out again. */
  private renew(): void {
    const { logger, settings } = this.options;
    const why = `no publish was confirmed for ${settings.stallTimeoutMs} ms`;
    logger.warn({ waiting: this.inFlight }, `replacing the publish connection: ${why}`);
    this.connection.reconnect(new Error(why));
  }

  /** The next connection may reach another broker. */
  private forget(): void {
    this.watch.heard();
    this.fault = undefined;
    this.risks.clear();
    this.knownExchanges.clear();
  }
}
