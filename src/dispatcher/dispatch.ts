import type { Epoch } from '../broker/index.js';
import { DeliveryError, DispatcherError } from '../errors/index.js';
import type { Failure } from '../failures/index.js';
import type { Orphan } from '../pool/index.js';
import type { AnswerName, ReceivedMessage, Verdict } from '../protocol/index.js';
import type { BrokerTimeout } from './broker-timeout.js';
import type { Delivery } from './delivery.js';
import { Handover, type HandoverOptions } from './handover.js';
import { Losses } from './losses.js';
import { type Judge, PendingFailures, type ReturnLimit } from './pending-failures.js';
import { ReturnBrake } from './return-brake.js';
import { Settlement } from './settlement.js';
import type { Slot } from './slot.js';

const STOPPING = 'the daemon stops';
/** The answers as a consumer gives them. */
const SAID = { rejectRequeue: 'reject({ requeue: true })', nackRequeue: 'nack({ requeue: true })' } as const;

export interface DispatchOptions extends HandoverOptions {
  /** Absent: what fails goes back to its queue. */
  readonly judge?: Judge;
  /** Absent: the broker takes everything back. */
  readonly returns?: ReturnLimit;
  /** What the broker does about a message that waits too long for its answer; undefined: nothing. */
  readonly brokerTimeout?: () => BrokerTimeout | undefined;
  readonly random: () => number;
}

/**
 * The deliveries of one consumer entry, from the broker to their answer: they go to the slots by the handover, their answers to
 * the settlement, their failures to the policy.
 */
export class Dispatch {
  private readonly options: DispatchOptions;
  private readonly handover: Handover;
  private readonly settlement: Settlement;
  private readonly brake: ReturnBrake;
  private readonly failures: PendingFailures;
  private readonly losses: Losses;
  private stopped = false;
  private idle: (() => void) | undefined;

  constructor(options: DispatchOptions) {
    const { feed, judge, returns, nowMs, random } = options;
    this.options = options;
    this.handover = new Handover(options);
    this.settlement = new Settlement(feed);
    const onReleased = (): void => this.tellIdle();
    this.brake = new ReturnBrake({ settlement: this.settlement, feed, nowMs, random, onReleased });
    this.failures = new PendingFailures({
      settlement: this.settlement,
      brake: this.brake,
      feed,
      judge,
      returns,
      onSettled: () => this.tellIdle(),
    });
    this.losses = new Losses({
      ...options,
      handover: this.handover,
      settlement: this.settlement,
      failures: this.failures,
      brake: this.brake,
    });
  }

  receive(message: ReceivedMessage, epoch: Epoch): void {
    const { nowMs, rateLimit, feed, returns } = this.options;
    const delivery: Delivery = {
      message,
      epoch,
      receivedAtMs: nowMs(),
      isAllowed: rateLimit === undefined,
      state: 'waiting',
      handedTo: undefined,
    };
    feed.received.emit({ delivery });
    if (this.stopped) this.release(delivery, STOPPING);
    else if (returns?.needsRenewal(message) === true) this.renew(delivery, returns);
    else this.handover.add(delivery);
  }

  settle(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void {
    // It has its answer, which waits to be sent; a thread may say anything.
    if (delivery.state === 'held') return;
    if (answer === 'rejectRequeue' || answer === 'nackRequeue') return this.giveBack(delivery, answer);
    this.brake.forget(delivery);
    this.settlement.settle(delivery, answer);
  }

  finished(delivery: Delivery): void {
    const { handedTo } = delivery;
    const slot = this.handover.takeFrom(delivery);
    if (slot === undefined || handedTo === undefined) return;
    slot.served++;
    slot.window.note(this.options.nowMs() - handedTo.atMs, handedTo.place);
    this.handover.refill(slot);
    if (slot.handed.length === 0) this.tellEmpty(slot);
  }

  failed(delivery: Delivery, error: Error, verdict?: Verdict): void {
    const slot = this.handover.takeFrom(delivery);
    if (slot === undefined) return;
    slot.served++;
    this.judge(delivery, { kind: 'thrown', error, verdict });
    // Its instance may go on, or have a successor already; if not, the slot is down by now.
    this.handover.refill(slot);
    if (slot.handed.length === 0) this.tellEmpty(slot);
  }

  /** One of a batch has failed, and its consumer goes on: it stays with its slot until that ends. */
  failedAlone(delivery: Delivery, error: Error, verdict?: Verdict): void {
    if (delivery.handedTo !== undefined) this.judge(delivery, { kind: 'thrown', error, verdict });
  }

  /** The instance is being replaced: others may run what it has not begun. */
  slotDown(slot: Slot): void {
    slot.up = false;
    this.handover.takeBack(slot);
    this.handover.hand();
  }

  /** The slot's thread has a successor: nothing goes there any more. Resolves when what runs there has ended. */
  retire(slot: Slot): Promise<void> {
    this.slotDown(slot);
    return new Promise((resolve) => {
      slot.whenEmpty = resolve;
      if (slot.handed.length === 0) this.tellEmpty(slot);
    });
  }

  slotUp(slot: Slot): void {
    slot.up = true;
    this.slotAwake(slot);
  }

  /** The slot's thread came across what was taken back: it is not blocked any more. */
  slotAwake(slot: Slot): void {
    slot.stalled = false;
    this.handover.refill(slot);
  }

  /**
   * The slot's thread died: what had begun there failed, the rest is innocent. A thread that was ended at a hard timeout has
   * one culprit, and whatever else ran there is innocent as well.
   */
  slotDied(slot: Slot, orphans: readonly Orphan<Delivery>[], cause: Error): void {
    const isTimeout = cause instanceof DispatcherError && cause.code === 'DELIVERY_TIMEOUT';
    const { timeouts, isStream = false } = this.options;
    slot.up = false;
    // Answered already, it has not failed: its consumer went on after the answer. Of a batch, and failed before the others, its
    // copy is on its way.
    const open = orphans.filter(({ delivery }) => delivery.state === 'handed' && !this.failures.has(delivery));
    const begun = open.filter((each) => each.begun).map(({ delivery }) => delivery);
    const isCulprit = (delivery: Delivery): boolean => !isTimeout || timeouts?.isCulprit(delivery) === true;
    const innocent = begun.filter((delivery) => !isCulprit(delivery));
    // A stream delivers nothing again.
    const kept = this.handover.abandon(slot, orphans, isStream ? innocent : []);
    for (const delivery of begun.filter(isCulprit)) {
      this.judge(delivery, { kind: isTimeout ? 'timeout' : 'died', error: cause });
    }
    for (const delivery of innocent) {
      const reason = 'its thread was ended over another message, which outlasted timeout.hard';
      if (kept.has(delivery)) this.options.feed.released.emit({ delivery, reason, hasBegun: true });
      else this.release(delivery, reason, true);
    }
    for (const { delivery, begun: hasBegun } of open) {
      if (!hasBegun && !kept.has(delivery))
        this.release(delivery, 'its thread died before it began, or before its answer was told');
    }
    this.handover.hand();
    this.tellEmpty(slot);
  }

  /** The channel of an epoch has gone, and with it every delivery that it brought. */
  lose(epoch: Epoch, reason: string): void {
    const running = this.losses.loseAll(epoch, reason);
    if (running > 0) this.options.feed.interrupted.emit({ running, reason });
    this.handover.hand();
    this.tellIdle();
  }

  /**
   * The broker cancelled the consumer of an epoch. False: over no message. True: perhaps over messages that waited too long for
   * their answer, which it has taken back; the others can still be answered.
   */
  takeBack(epoch: Epoch): boolean {
    const timeout = this.options.brokerTimeout?.();
    if (timeout?.response !== 'cancels') return false;
    const given = this.losses.loseOverdue(epoch, timeout);
    for (const delivery of given) this.release(delivery, 'the broker cancelled its subscription');
    this.handover.hand();
    this.tellIdle();
    return true;
  }

  /** Releases everything that has not begun, and whatever still comes. */
  stop(): void {
    this.stopped = true;
    for (const delivery of this.handover.stop()) this.release(delivery, STOPPING);
    this.failures.stop();
    this.brake.stop();
    this.tellIdle();
  }

  /** True while a delivery that came now would begin at once. */
  get isHungry(): boolean {
    return !this.stopped && this.handover.isHungry;
  }

  /** How many deliveries are with threads, wait for what becomes of their copy, or are held. */
  get running(): number {
    return this.handover.handed + this.failures.size + this.brake.size;
  }

  /** Resolves when no delivery is with a thread. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      this.tellIdle();
    });
  }

  private judge(delivery: Delivery, how: Omit<Failure, 'seenMsAgo'>): void {
    const failure = { ...how, seenMsAgo: this.options.nowMs() - delivery.receivedAtMs };
    this.options.feed.failed.emit({ delivery, failure, isJudged: this.failures.takes(delivery) });
    this.failures.take(delivery, failure);
  }

  private release(delivery: Delivery, reason: string, hasBegun = false): void {
    this.options.feed.released.emit({ delivery, reason, hasBegun });
    const { returns } = this.options;
    // A release, which is no failure of the message: since RabbitMQ 4.3 a nack does not count towards the delivery limit.
    const nack = (): void => this.settlement.settle(delivery, 'nackRequeue');
    if (returns?.isLast(delivery.message, 'nackRequeue') !== true) nack();
    else this.failures.replace(delivery, (over) => returns.renew(delivery.message, over), nack);
  }

  /** The message would not survive its next returns: it runs when it comes back as a copy. */
  private renew(delivery: Delivery, returns: ReturnLimit): void {
    this.failures.replace(
      delivery,
      (over) => returns.renew(delivery.message, over),
      () => (this.stopped ? this.release(delivery, STOPPING) : this.handover.add(delivery)),
    );
  }

  /** The consumer wants it again: as often as the broker would deliver it, and then it is dead. */
  private giveBack(delivery: Delivery, answer: 'rejectRequeue' | 'nackRequeue'): void {
    const { returns } = this.options;
    const settle = (): void => this.brake.giveBack(delivery, answer);
    if (returns?.isSpent(delivery.message, answer) !== true) return settle();
    const error = new DeliveryError(
      'DELIVERY_LIMIT',
      `its consumer answered ${SAID[answer]}, once more than the broker allows`,
    );
    this.failures.replace(delivery, (over) => returns.end(delivery.message, error, over), settle);
  }

  private tellEmpty(slot: Slot): void {
    slot.whenEmpty?.();
    slot.whenEmpty = undefined;
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.idle !== undefined && this.running === 0) this.idle();
  }
}
