import type { ReceivedMessage } from '../amqp/index.js';
import type { AnswerName, Report } from '../bridge/index.js';
import type { Epoch } from '../broker/index.js';
import type { Failure } from '../failures/index.js';
import type { Orphan, ThreadFailure } from '../threads/index.js';
import { Delivery, type EntryFlow, type Slot } from './delivery.js';
import { Losses } from './failures/losses.js';
import { type OutcomeOf, PendingOutcomes, type ReturnLimit } from './failures/pending-outcomes.js';
import type { BrokerTimeout } from './limits/broker-timeout.js';
import { RateLimit } from './limits/rate-limit.js';
import { ReturnDelays } from './limits/return-delays.js';
import { endsOneMessage, neighbourReason, Releases } from './releases.js';
import { SlotAssigner, type SlotAssignerOptions } from './slots/slot-assigner.js';

const STOPPING = 'the daemon is stopping';
const PAUSED = 'its entry is paused';

export interface DeliveryFlowOptions extends SlotAssignerOptions {
  /** Default: requeue what fails. */
  readonly outcomeOf?: OutcomeOf;
  readonly returns?: ReturnLimit;
  readonly brokerTimeout?: () => BrokerTimeout | undefined;
  readonly random: () => number;
}

/** The deliveries of one consumer entry, from the broker to their answers. */
export class DeliveryFlow implements EntryFlow {
  private readonly options: DeliveryFlowOptions;
  private readonly assigner: SlotAssigner;
  private readonly delays: ReturnDelays;
  private readonly pending: PendingOutcomes;
  private readonly losses: Losses;
  private readonly releases: Releases;
  /** Why nothing may begin. */
  private closedBy: string | undefined;
  /** They fail when their thread ends. */
  private readonly aborted = new WeakSet<Delivery>();
  private readonly drains: (() => void)[] = [];

  constructor(options: DeliveryFlowOptions) {
    const { slots, feed, outcomeOf, returns, nowMs, random } = options;
    this.options = options;
    this.assigner = new SlotAssigner(options);
    const tellDrained = (): void => this.tellDrained();
    this.delays = new ReturnDelays({ feed, nowMs, random, onReleased: tellDrained });
    this.pending = new PendingOutcomes({ delays: this.delays, feed, outcomeOf, returns, onSettled: tellDrained });
    const { assigner, delays, pending } = this;
    this.losses = new Losses({ ...options, assigner, pending, delays });
    this.releases = new Releases({ feed, returns, pending, delays });
    for (const slot of slots) slot.flow = this;
  }

  receive(message: ReceivedMessage, epoch: Epoch): void {
    const { nowMs, feed, returns } = this.options;
    const isAllowed = !this.assigner.isLimited;
    const delivery = new Delivery({ message, epoch, flow: this, receivedAtMs: nowMs(), isAllowed });
    feed.received.emit({ delivery });
    if (this.closedBy !== undefined) this.releases.release(delivery, this.closedBy);
    else if (returns?.needsRenewal(message) !== true) this.assigner.add(delivery);
    // It would not survive its next returns.
    else
      this.releases.renew(delivery, returns, () =>
        this.closedBy === undefined ? this.assigner.add(delivery) : this.releases.release(delivery, this.closedBy),
      );
  }

  reported(delivery: Delivery, { answer, hasEnded }: Report): void {
    if (answer !== 'none') this.answer(delivery, answer);
    if (!hasEnded) return;
    const slot = this.assigner.takeFrom(delivery);
    if (slot === undefined) return;
    this.options.feed.ended.emit({ delivery, slot });
    slot.window.note(this.options.nowMs() - delivery.handedAtMs, delivery.place);
    this.served(slot);
  }

  failed(delivery: Delivery, { error, decision, hasEnded }: ThreadFailure): void {
    const failure = { kind: 'thrown', error, decision } as const;
    if (!hasEnded) return this.fail(delivery, failure);
    const slot = this.assigner.takeFrom(delivery);
    if (slot === undefined) return;
    this.options.feed.ended.emit({ delivery, slot });
    this.fail(delivery, failure);
    this.served(slot);
  }

  answered(delivery: Delivery, answer: AnswerName): void {
    this.options.feed.answered.emit({ delivery, answer });
  }

  lost(delivery: Delivery, reason: string): void {
    this.options.feed.lost.emit({ delivery, reason });
  }

  slotDown(slot: Slot): void {
    slot.isUp = false;
    this.assigner.takeBack(slot);
    this.assigner.hand();
  }

  /** Resolves when nothing runs on the slot any more. */
  drainSlot(slot: Slot): Promise<void> {
    this.slotDown(slot);
    return new Promise((resolve) => {
      slot.whenEmpty = resolve;
      if (slot.handed.length === 0) this.tellEmpty(slot);
    });
  }

  slotUp(slot: Slot): void {
    slot.isUp = true;
    this.slotAwake(slot);
  }

  slotAwake(slot: Slot): void {
    slot.stalled = false;
    this.assigner.refill(slot);
  }

  /**
   * What had begun on the dead thread fails, the rest is released. After a hard timeout or abort only the culprit fails.
   */
  slotDied(slot: Slot, orphans: readonly Orphan<Delivery>[], cause: Error): void {
    const isTimeout = endsOneMessage(cause);
    const { timeouts, isStream = false } = this.options;
    slot.isUp = false;
    // Answered deliveries have not failed; one that failed before its batch awaits its copy.
    const open = orphans.filter(({ delivery }) => delivery.state === 'handed' && !this.pending.has(delivery));
    const begun = open.filter((each) => each.begun).map(({ delivery }) => delivery);
    const isCulprit = (delivery: Delivery): boolean =>
      !isTimeout || this.aborted.has(delivery) || timeouts?.isCulprit(delivery) === true;
    const innocent = begun.filter((delivery) => !isCulprit(delivery));
    for (const delivery of begun) this.options.feed.ended.emit({ delivery, slot });
    // A stream redelivers nothing.
    const kept = this.assigner.threadDied(slot, orphans, isStream ? innocent : []);
    for (const delivery of begun.filter(isCulprit)) {
      this.fail(delivery, { kind: isTimeout ? 'timeout' : 'died', error: cause });
    }
    for (const delivery of innocent) {
      const reason = neighbourReason(cause);
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

  /** The caller ends its thread: it fails as at timeout.hard, and its neighbours are released. */
  abortHard(delivery: Delivery): void {
    this.aborted.add(delivery);
  }

  lose(epoch: Epoch, reason: string): void {
    const running = this.losses.loseAll(epoch, reason);
    if (running > 0) this.options.feed.interrupted.emit({ running, reason });
    this.assigner.hand();
    this.tellDrained();
  }

  /** @returns true if the broker may have taken back messages without an answer */
  takeBack(epoch: Epoch): boolean {
    const timeout = this.options.brokerTimeout?.();
    if (timeout?.response !== 'cancels') return false;
    const given = this.losses.loseOverdue(epoch, timeout);
    for (const delivery of given) this.releases.release(delivery, 'the broker cancelled its subscription');
    this.assigner.hand();
    this.tellDrained();
    return true;
  }

  /** Releases all that has not begun and still comes, until `resume`; what runs ends with its answers. */
  pause(): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = PAUSED;
    for (const delivery of this.assigner.forgetUnbegun(() => true)) this.releases.release(delivery, PAUSED);
  }

  /** @param perSecond messages that may begin; undefined: no limit */
  limit(perSecond: number | undefined): void {
    this.assigner.limit(perSecond === undefined ? undefined : new RateLimit(perSecond, this.options.nowMs));
  }

  resume(): void {
    if (this.closedBy === PAUSED) this.closedBy = undefined;
  }

  /** Releases all that has not begun and still comes; resolves once nothing is with a thread. */
  drain(): Promise<void> {
    this.closedBy = STOPPING;
    for (const delivery of this.assigner.stop()) this.releases.release(delivery, STOPPING);
    this.pending.stop();
    this.delays.stop();
    return new Promise((resolve) => {
      this.drains.push(resolve);
      this.tellDrained();
    });
  }

  get wantsDeliveries(): boolean {
    return this.closedBy === undefined && this.assigner.wantsDeliveries;
  }

  /** With a thread, or failed and awaiting an outcome. */
  get running(): number {
    return this.assigner.handed + this.awaitingOutcome;
  }

  /** Failed: their copies are being confirmed, or their answers wait. */
  get awaitingOutcome(): number {
    return this.pending.size + this.delays.size;
  }

  private fail(delivery: Delivery, how: Omit<Failure, 'seenMsAgo'>): void {
    const failure = { ...how, seenMsAgo: this.options.nowMs() - delivery.receivedAtMs };
    this.options.feed.failed.emit({ delivery, failure, awaitsOutcome: this.pending.accepts(delivery) });
    this.pending.decide(delivery, failure);
  }

  private answer(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void {
    // Its answer is held already; a thread may report anything.
    if (delivery.state === 'held') return;
    if (answer === 'rejectRequeue' || answer === 'nackRequeue') return this.releases.giveBack(delivery, answer);
    this.delays.forget(delivery);
    delivery.settle(answer);
  }

  private served(slot: Slot): void {
    slot.served++;
    this.assigner.refill(slot);
    if (slot.handed.length === 0) this.tellEmpty(slot);
  }

  private tellEmpty(slot: Slot): void {
    slot.whenEmpty?.();
    slot.whenEmpty = undefined;
    this.tellDrained();
  }

  private tellDrained(): void {
    if (this.drains.length === 0 || this.running > 0) return;
    for (const resolve of this.drains.splice(0)) resolve();
  }
}
