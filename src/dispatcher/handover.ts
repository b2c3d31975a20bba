import type { WorkerSession } from '../pool/index.js';
import { ArrivalOrder } from './arrival-order.js';
import type { Backlog, BacklogPorts } from './backlog.js';
import { Batches, type BatchRule } from './batches.js';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { RateLimit } from './rate-limit.js';
import { Rescue } from './rescue.js';
import { isFree, type Slot } from './slot.js';
import { busiestBeside } from './slot-choice.js';
import type { TimeoutWatch } from './timeout-watch.js';

export interface HandoverOptions {
  readonly slots: readonly Slot[];
  /** The session that a slot is served by; another one only while nothing is with the slot. */
  readonly session: (slot: Slot) => WorkerSession<Delivery>;
  readonly feed: DeliveryFeed;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Absent: as many as come may begin. */
  readonly rateLimit?: RateLimit | undefined;
  /** Absent: a consumer is called with one message at a time. */
  readonly batch?: BatchRule | undefined;
  /** Absent: a consumer may run for as long as it likes. */
  readonly timeouts?: Pick<TimeoutWatch, 'watch' | 'isCulprit'>;
}

/**
 * Hands the deliveries of one entry to its slots, by the rule of its backlog. What is handed over and has not begun can be taken back: a slot that runs dry takes from the busiest one, and what a blocked slot
 * holds back goes to the others.
 */
export class Handover {
  private readonly options: HandoverOptions;
  private readonly slots: readonly Slot[];
  private readonly rescue: Rescue;
  private readonly backlog: Backlog;
  private nextToken: NodeJS.Timeout | undefined;

  constructor(options: HandoverOptions) {
    const { slots, session, batch, nowMs } = options;
    this.options = options;
    this.slots = slots;
    this.rescue = new Rescue({
      slots,
      isUnbegun: (slot, { handedTo }) => handedTo !== undefined && session(slot).isOffered(handedTo.ticket),
      takeOver: (slot) => this.takeOver(slot),
    });
    const ports: BacklogPorts = {
      slots,
      offer: (delivery, slot) => this.offer(delivery, slot),
      isAllowed: (delivery) => this.isAllowed(delivery),
    };
    this.backlog = batch === undefined ? new ArrivalOrder(ports) : new Batches(ports, batch, nowMs);
  }

  /** True while a delivery that came now would begin at once. */
  get isHungry(): boolean {
    return this.backlog.isEmpty && this.slots.some(isFree);
  }

  /** How many deliveries are with threads. */
  get handed(): number {
    return this.slots.reduce((sum, slot) => sum + slot.handed.length, 0);
  }

  add(delivery: Delivery): void {
    this.backlog.add(delivery);
  }

  /** Hands over what waits and may go now. */
  hand(): void {
    this.backlog.hand();
  }

  /** The slot has room: from those that wait, else half of what the busiest slot has not begun, if that is no batch. */
  refill(slot: Slot): void {
    const { batch } = this.options;
    if (batch === undefined && this.backlog.isEmpty && slot.up && slot.handed.length === 0) this.takeFromBusiest(slot);
    this.hand();
  }

  /** What the slot has not begun goes in front of those that wait. */
  takeBack(slot: Slot, most: number = slot.handed.length): void {
    const { session, feed } = this.options;
    const taken: Delivery[] = [];
    for (let left = most; left > 0; left--) {
      const delivery = slot.handed.at(-1);
      if (delivery?.handedTo === undefined || !session(slot).revoke(delivery.handedTo.ticket)) break;
      slot.handed.pop();
      delivery.handedTo = undefined;
      delivery.state = 'waiting';
      this.backlog.left(delivery);
      taken.push(delivery);
      feed.emit('revoked', { delivery, slot });
    }
    if (taken.length > 0) this.backlog.putBack(taken.toReversed());
  }

  /** Notes that a delivery is no longer with its slot. */
  takeFrom(delivery: Delivery): Slot | undefined {
    const slot = delivery.handedTo?.slot;
    const index = slot?.handed.indexOf(delivery) ?? -1;
    if (slot === undefined || index < 0) return undefined;
    // Nearly always the first; a splice makes a list of what it takes out.
    if (index === 0) slot.handed.shift();
    else slot.handed.splice(index, 1);
    slot.stalled = false;
    this.backlog.left(delivery);
    return slot;
  }

  /** Forgets those that wait and are meant, and tells which they were. */
  forget(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.backlog.remove(isMeant);
  }

  /** Takes back all that has not begun, and tells what waits then; nothing is handed over any more. */
  stop(): readonly Delivery[] {
    clearTimeout(this.nextToken);
    for (const slot of this.slots) this.takeBack(slot);
    return this.forget(() => true);
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
    this.takeBack(slot);
    this.hand();
  }

  private offer(delivery: Delivery, slot: Slot): void {
    const { session, feed, timeouts, nowMs } = this.options;
    const ticket = session(slot).offer(slot.spec.slot, delivery);
    const place = slot.handed.push(delivery);
    delivery.state = 'handed';
    delivery.handedTo = { slot, ticket, atMs: nowMs(), place };
    feed.emit('offered', { delivery, slot });
    timeouts?.watch();
    this.rescue.watch();
  }

  /** Its turn has come by the rate limit as well; if not, what waits is looked at again when it may have. */
  private isAllowed(delivery: Delivery): boolean {
    const { rateLimit } = this.options;
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
}
