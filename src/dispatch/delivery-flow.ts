import type { ReceivedMessage } from '../amqp/index.js';
import type { AnswerName, Report } from '../bridge/index.js';
import type { Epoch } from '../broker/index.js';
import { DispatcherError } from '../errors/index.js';
import type { Failure } from '../failures/index.js';
import type { Orphan, ThreadFailure } from '../threads/index.js';
import { Delivery, type EntryFlow, type Slot } from './delivery.js';
import { Losses } from './failures/losses.js';
import { type DecideFailure, PendingFailures, type ReturnLimit } from './failures/pending-failures.js';
import type { BrokerTimeout } from './limits/broker-timeout.js';
import { ReturnBrake } from './limits/return-brake.js';
import { Releases } from './releases.js';
import { SlotAssigner, type SlotAssignerOptions } from './slots/slot-assigner.js';

const STOPPING = 'the daemon is stopping';

export interface DeliveryFlowOptions extends SlotAssignerOptions {
  /** Absent: what fails goes back to its queue. */
  readonly decide?: DecideFailure;
  /** Absent: the broker takes everything back. */
  readonly returns?: ReturnLimit;
  /** What the broker does about a message that waits too long for its answer; undefined: nothing. */
  readonly brokerTimeout?: () => BrokerTimeout | undefined;
  readonly random: () => number;
}

/**
 * The deliveries of one consumer entry, from the broker to their answer: the assigner gives them to slots, their answers go
 * to the broker, their failures to the policy.
 */
export class DeliveryFlow implements EntryFlow {
  private readonly options: DeliveryFlowOptions;
  private readonly assigner: SlotAssigner;
  private readonly brake: ReturnBrake;
  private readonly failures: PendingFailures;
  private readonly losses: Losses;
  private readonly releases: Releases;
  private stopped = false;
  private idle: (() => void) | undefined;

  constructor(options: DeliveryFlowOptions) {
    const { slots, feed, decide, returns, nowMs, random } = options;
    this.options = options;
    this.assigner = new SlotAssigner(options);
    const tellIdle = (): void => this.tellIdle();
    this.brake = new ReturnBrake({ feed, nowMs, random, onReleased: tellIdle });
    this.failures = new PendingFailures({ brake: this.brake, feed, decide, returns, onSettled: tellIdle });
    const { assigner, brake, failures } = this;
    this.losses = new Losses({ ...options, assigner, failures, brake });
    this.releases = new Releases({ feed, returns, failures, brake });
    for (const slot of slots) slot.flow = this;
  }

  receive(message: ReceivedMessage, epoch: Epoch): void {
    const { nowMs, rateLimit, feed, returns } = this.options;
    const isAllowed = rateLimit === undefined;
    const delivery = new Delivery({ message, epoch, flow: this, receivedAtMs: nowMs(), isAllowed });
    feed.received.emit({ delivery });
    if (this.stopped) this.releases.release(delivery, STOPPING);
    else if (returns?.needsRenewal(message) !== true) this.assigner.add(delivery);
    // The message would not survive its next returns: it runs when it comes back as a copy.
    else
      this.releases.renew(delivery, returns, () =>
        this.stopped ? this.releases.release(delivery, STOPPING) : this.assigner.add(delivery),
      );
  }

  reported(delivery: Delivery, { answer, hasEnded }: Report): void {
    if (answer !== 'none') this.answer(delivery, answer);
    if (!hasEnded) return;
    const slot = this.assigner.takeFrom(delivery);
    if (slot === undefined) return;
    slot.window.note(this.options.nowMs() - delivery.handedAtMs, delivery.place);
    this.served(slot);
  }

  failed(delivery: Delivery, { error, decision, hasEnded }: ThreadFailure): void {
    const failure = { kind: 'thrown', error, decision } as const;
    if (!hasEnded) return this.decide(delivery, failure);
    const slot = this.assigner.takeFrom(delivery);
    if (slot === undefined) return;
    this.decide(delivery, failure);
    // Its instance may go on, or have a successor already; if not, the slot is down by now.
    this.served(slot);
  }

  answered(delivery: Delivery, answer: AnswerName): void {
    this.options.feed.answered.emit({ delivery, answer });
  }

  lost(delivery: Delivery, reason: string): void {
    this.options.feed.lost.emit({ delivery, reason });
  }

  /** The instance is being replaced: others may run what it has not begun. */
  slotDown(slot: Slot): void {
    slot.up = false;
    this.assigner.takeBack(slot);
    this.assigner.hand();
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
    this.assigner.refill(slot);
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
    const kept = this.assigner.abandon(slot, orphans, isStream ? innocent : []);
    for (const delivery of begun.filter(isCulprit)) {
      this.decide(delivery, { kind: isTimeout ? 'timeout' : 'died', error: cause });
    }
    for (const delivery of innocent) {
      const reason = 'its thread was terminated because another message outlasted timeout.hard';
      if (kept.has(delivery)) this.options.feed.released.emit({ delivery, reason, hasBegun: true });
      else this.releases.release(delivery, reason, true);
    }
    for (const { delivery, begun: hasBegun } of open) {
      if (!hasBegun && !kept.has(delivery))
        this.releases.release(delivery, 'its thread died before it began, or before its answer arrived');
    }
    this.assigner.hand();
    this.tellEmpty(slot);
  }

  /** The channel of an epoch has gone, and with it every delivery that it brought. */
  lose(epoch: Epoch, reason: string): void {
    const running = this.losses.loseAll(epoch, reason);
    if (running > 0) this.options.feed.interrupted.emit({ running, reason });
    this.assigner.hand();
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
    for (const delivery of given) this.releases.release(delivery, 'the broker cancelled its subscription');
    this.assigner.hand();
    this.tellIdle();
    return true;
  }

  /** Releases everything that has not begun, and whatever still comes. */
  stop(): void {
    this.stopped = true;
    for (const delivery of this.assigner.stop()) this.releases.release(delivery, STOPPING);
    this.failures.stop();
    this.brake.stop();
    this.tellIdle();
  }

  /** True while a delivery that came now would begin at once. */
  get wantsDeliveries(): boolean {
    return !this.stopped && this.assigner.wantsDeliveries;
  }

  /** How many deliveries are with threads, wait for what becomes of their copy, or are held. */
  get running(): number {
    return this.assigner.handed + this.failures.size + this.brake.size;
  }

  /** Resolves when no delivery is with a thread. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      this.tellIdle();
    });
  }

  private decide(delivery: Delivery, how: Omit<Failure, 'seenMsAgo'>): void {
    const failure = { ...how, seenMsAgo: this.options.nowMs() - delivery.receivedAtMs };
    this.options.feed.failed.emit({ delivery, failure, isJudged: this.failures.takes(delivery) });
    this.failures.take(delivery, failure);
  }

  private answer(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void {
    // It has its answer, which waits to be sent; a thread may say anything.
    if (delivery.state === 'held') return;
    if (answer === 'rejectRequeue' || answer === 'nackRequeue') return this.releases.giveBack(delivery, answer);
    this.brake.forget(delivery);
    delivery.settle(answer);
  }

  /** A consumer has ended on a slot. */
  private served(slot: Slot): void {
    slot.served++;
    this.assigner.refill(slot);
    if (slot.handed.length === 0) this.tellEmpty(slot);
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
