import type { Epoch } from '../broker/index.js';
import { DispatcherError } from '../errors/index.js';
import type { Failure } from '../failures/index.js';
import type { Orphan, WorkerSession } from '../pool/index.js';
import type { AnswerName, ReceivedMessage, Verdict } from '../protocol/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import { type Judge, PendingFailures } from './pending-failures.js';
import type { RateLimit } from './rate-limit.js';
import { Rescue } from './rescue.js';
import { Settlement } from './settlement.js';
import { isFree, type Slot } from './slot.js';
import { busiestBeside, leastBusy } from './slot-choice.js';
import type { TimeoutWatch } from './timeout-watch.js';

export interface DispatchOptions {
  readonly slots: readonly Slot[];
  readonly session: (thread: number) => WorkerSession<Delivery>;
  readonly feed: DeliveryFeed;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Absent: what fails goes back to its queue. */
  readonly judge?: Judge;
  /** Absent: as many as come may begin. */
  readonly rateLimit?: RateLimit | undefined;
  /** Absent: a consumer may run for as long as it likes. */
  readonly timeouts?: Pick<TimeoutWatch, 'watch' | 'isCulprit'>;
}

/**
 * Brings the deliveries of one consumer entry to its slots: to the one with the least to do, in the order in which they
 * came. A slot that runs dry takes what another has not begun.
 */
export class Dispatch {
  private readonly slots: readonly Slot[];
  private readonly session: (thread: number) => WorkerSession<Delivery>;
  private readonly feed: DeliveryFeed;
  private readonly nowMs: () => number;
  private readonly settlement: Settlement;
  private readonly rescue: Rescue;
  private readonly failures: PendingFailures;
  private readonly timeouts: DispatchOptions['timeouts'];
  private readonly rateLimit: RateLimit | undefined;
  private nextToken: NodeJS.Timeout | undefined;
  private waiting: Delivery[] = [];
  private stopped = false;
  private idle: (() => void) | undefined;

  constructor({ slots, session, feed, nowMs, judge, rateLimit, timeouts }: DispatchOptions) {
    this.timeouts = timeouts;
    this.rateLimit = rateLimit;
    this.slots = slots;
    this.session = session;
    this.feed = feed;
    this.nowMs = nowMs;
    this.settlement = new Settlement(feed);
    this.failures = new PendingFailures({
      settlement: this.settlement,
      feed,
      judge,
      onSettled: () => this.tellIdle(),
    });
    this.rescue = new Rescue({
      slots,
      isUnbegun: ({ thread }, { handedTo }) => handedTo !== undefined && session(thread).isOffered(handedTo.ticket),
      takeOver: (slot) => this.takeOver(slot),
    });
  }

  receive(message: ReceivedMessage, epoch: Epoch): void {
    const receivedAtMs = this.nowMs();
    const delivery: Delivery = {
      message,
      epoch,
      receivedAtMs,
      isAllowed: this.rateLimit === undefined,
      state: 'waiting',
      handedTo: undefined,
    };
    this.feed.emit('received', { delivery });
    if (this.stopped) return this.release(delivery, 'the daemon stops');
    // Straight to a slot where nobody waits before it: a list of one that is made and emptied cost 4 % of the whole way.
    const slot = this.waiting.length === 0 ? leastBusy(this.slots) : undefined;
    if (slot === undefined || !this.isAllowed(delivery)) {
      this.waiting.push(delivery);
    } else {
      this.offer(delivery, slot, receivedAtMs);
      this.rescue.watch();
    }
  }

  settle(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void {
    this.settlement.settle(delivery, answer);
  }

  finished(delivery: Delivery): void {
    const { handedTo } = delivery;
    const slot = this.takeFrom(delivery);
    if (slot === undefined || handedTo === undefined) return;
    slot.window.note(this.nowMs() - handedTo.atMs, handedTo.place);
    this.refill(slot);
  }

  failed(delivery: Delivery, error: Error, verdict?: Verdict): void {
    const slot = this.takeFrom(delivery);
    if (slot !== undefined) this.judge(delivery, slot, { kind: 'thrown', error, verdict });
    // Its instance goes on: it only decided about the message.
    if (slot !== undefined && verdict !== undefined) this.refill(slot);
  }

  /** The instance is being replaced: others may run what it has not begun. */
  slotDown(slot: Slot): void {
    slot.up = false;
    this.takeBack(slot, slot.handed.length);
    this.hand();
  }

  slotUp(slot: Slot): void {
    slot.up = true;
    slot.stalled = false;
    this.refill(slot);
  }

  /** The slot's thread came across what was taken back: it is not blocked any more. */
  slotAwake(slot: Slot): void {
    slot.stalled = false;
    this.refill(slot);
  }

  /**
   * The slot's thread died: what had begun there failed, the rest is innocent. A thread that was ended at a hard timeout has
   * one culprit, and whatever else ran there is innocent as well.
   */
  slotDied(slot: Slot, orphans: readonly Orphan<Delivery>[], cause: Error): void {
    const isTimeout = cause instanceof DispatcherError && cause.code === 'DELIVERY_TIMEOUT';
    slot.up = false;
    slot.stalled = false;
    slot.handed.length = 0;
    for (const { delivery, begun } of orphans) {
      if (!begun) this.release(delivery, 'its thread died before it began');
      // Answered already, it has not failed: its consumer went on after the answer.
      else if (delivery.state !== 'handed') continue;
      else if (!isTimeout) this.judge(delivery, slot, { kind: 'died', error: cause });
      else if (this.timeouts?.isCulprit(delivery) === true)
        this.judge(delivery, slot, { kind: 'timeout', error: cause });
      else this.release(delivery, 'its thread was ended over another message, which outlasted timeout.hard', true);
    }
    this.tellIdle();
  }

  /** The channel of an epoch has gone, and with it every delivery that it brought. */
  lose(epoch: Epoch, reason: string): void {
    const isGone = (delivery: Delivery): boolean => delivery.epoch === epoch;
    for (const delivery of this.waiting.filter(isGone)) this.settlement.lose(delivery, reason);
    this.waiting = this.waiting.filter((delivery) => !isGone(delivery));
    for (const slot of this.slots) {
      const session = this.session(slot.thread);
      const begun: Delivery[] = [];
      for (const delivery of slot.handed.filter(isGone)) {
        this.settlement.lose(delivery, reason);
        const ticket = delivery.handedTo?.ticket;
        if (ticket !== undefined && session.revoke(ticket)) this.takeFrom(delivery);
        else begun.push(delivery);
      }
      session.lose(
        begun.flatMap(({ handedTo }) => (handedTo === undefined ? [] : [handedTo.ticket])),
        reason,
      );
    }
    this.failures.lose(epoch, reason);
    this.hand();
    this.tellIdle();
  }

  /** Releases everything that has not begun, and whatever still comes. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.nextToken);
    for (const slot of this.slots) this.takeBack(slot, slot.handed.length);
    const released = this.waiting;
    this.waiting = [];
    for (const delivery of released) this.release(delivery, 'the daemon stops');
    this.tellIdle();
  }

  /** True while a delivery that came now would begin at once. */
  get isHungry(): boolean {
    return !this.stopped && this.waiting.length === 0 && this.slots.some(isFree);
  }

  /** How many deliveries are with threads, or wait for what becomes of their copy. */
  get running(): number {
    return this.slots.reduce((sum, slot) => sum + slot.handed.length, this.failures.size);
  }

  /** Resolves when no delivery is with a thread. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.idle = resolve;
      this.tellIdle();
    });
  }

  /** Hands waiting deliveries over, each to the slot with the least to do. */
  private hand(): void {
    let handed = 0;
    const atMs = this.nowMs();
    for (const delivery of this.waiting) {
      const slot = leastBusy(this.slots);
      if (slot === undefined || !this.isAllowed(delivery)) break;
      this.offer(delivery, slot, atMs);
      handed++;
    }
    if (handed === 0) return;
    this.waiting.splice(0, handed);
    this.rescue.watch();
  }

  /** Its turn has come by the rate limit as well; if not, what waits is looked at again when it may have. */
  private isAllowed(delivery: Delivery): boolean {
    const { rateLimit } = this;
    if (delivery.isAllowed || rateLimit === undefined) return true;
    delivery.isAllowed = rateLimit.take();
    if (!delivery.isAllowed) {
      this.nextToken ??= setTimeout(() => {
        this.nextToken = undefined;
        this.hand();
      }, rateLimit.waitMs);
    }
    return delivery.isAllowed;
  }

  private offer(delivery: Delivery, slot: Slot, atMs: number): void {
    const ticket = this.session(slot.thread).offer(slot.spec.slot, delivery);
    const place = slot.handed.push(delivery);
    delivery.state = 'handed';
    delivery.handedTo = { slot, ticket, atMs, place };
    this.feed.emit('offered', { delivery, slot });
    this.timeouts?.watch();
  }

  /** The slot has room: from those that wait, else half of what the busiest slot has not begun. */
  private refill(slot: Slot): void {
    if (this.waiting.length === 0 && slot.up && slot.handed.length === 0) this.takeFromBusiest(slot);
    if (this.waiting.length > 0) this.hand();
    else if (slot.handed.length === 0) this.tellIdle();
  }

  private takeFromBusiest(idle: Slot): void {
    const busiest = busiestBeside(idle, this.slots);
    if (busiest === undefined) return;
    busiest.stalled = true;
    this.takeBack(busiest, Math.ceil((busiest.handed.length - 1) / 2));
  }

  /** Others run what a blocked slot has not begun. */
  private takeOver(slot: Slot): void {
    slot.stalled = true;
    this.takeBack(slot, slot.handed.length);
    this.hand();
  }

  /** Revokes up to `count` deliveries from the end of a slot's window and puts them in front of those that wait. */
  private takeBack(slot: Slot, count: number): void {
    const session = this.session(slot.thread);
    const taken: Delivery[] = [];
    for (let left = count; left > 0; left--) {
      const delivery = slot.handed.at(-1);
      if (delivery?.handedTo === undefined || !session.revoke(delivery.handedTo.ticket)) break;
      slot.handed.pop();
      delivery.handedTo = undefined;
      delivery.state = 'waiting';
      taken.push(delivery);
      this.feed.emit('revoked', { delivery, slot });
    }
    if (taken.length > 0) this.waiting = [...taken.toReversed(), ...this.waiting];
  }

  /** Notes that a delivery is no longer with its slot. */
  private takeFrom(delivery: Delivery): Slot | undefined {
    const slot = delivery.handedTo?.slot;
    const index = slot?.handed.indexOf(delivery) ?? -1;
    if (slot === undefined || index < 0) return undefined;
    // Nearly always the first; a splice makes a list of what it takes out.
    if (index === 0) slot.handed.shift();
    else slot.handed.splice(index, 1);
    slot.stalled = false;
    if (slot.handed.length === 0) this.tellIdle();
    return slot;
  }

  private judge(delivery: Delivery, slot: Slot, how: Omit<Failure, 'seenMsAgo'>): void {
    const failure = { ...how, seenMsAgo: this.nowMs() - delivery.receivedAtMs };
    this.feed.emit('failed', { delivery, slot, failure });
    this.failures.take(delivery, failure);
  }

  private release(delivery: Delivery, reason: string, hasBegun = false): void {
    this.feed.emit('released', { delivery, reason, hasBegun });
    // A release, which is no failure of the message: a nack does not count towards a quorum queue's delivery limit.
    this.settlement.settle(delivery, 'nackRequeue');
  }

  private tellIdle(): void {
    if (this.idle !== undefined && this.running === 0) this.idle();
  }
}
