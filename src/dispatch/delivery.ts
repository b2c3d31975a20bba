import type { ReceivedMessage } from '../amqp/index.js';
import type { AnswerName, ClaimId, Report, SlotSpec } from '../bridge/index.js';
import type { Epoch } from '../broker/index.js';
import type { HostedSlot, Orphan, ThreadFailure, ThreadLink } from '../threads/index.js';
import { Fifo } from '../timing/index.js';

/** Work that a slot may have ahead, in milliseconds: long beside the way to a thread and back, short beside a wait. */
const AHEAD_MS = 5;
/** The one that runs, and the one that follows without a hop between. */
export const LEAST_WINDOW = 2;
/** The largest window: sizes the claim table of a session, and is enough to batch the quickest consumer. */
export const WINDOW = 64;
/** Before anything is known of the consumer. */
const FIRST_WINDOW = 8;
/** The weight of the last delivery: the window has forgotten a slow one after some ten quick ones. */
const LATEST_WEIGHT = 0.25;

/** The flow of an entry, as its deliveries and slots know it: hears what becomes of them. */
export interface EntryFlow {
  reported(delivery: Delivery, report: Report): void;
  failed(delivery: Delivery, failure: ThreadFailure): void;
  answered(delivery: Delivery, answer: AnswerName): void;
  lost(delivery: Delivery, reason: string): void;
  slotUp(slot: Slot): void;
  slotDown(slot: Slot): void;
  slotAwake(slot: Slot): void;
  retire(slot: Slot): Promise<void>;
  slotDied(slot: Slot, orphans: readonly Orphan<Delivery>[], cause: Error): void;
}

/**
 * One arrival of a message, on one epoch of a channel. Everything known about it stands here, but for one fact: while it is
 * with a thread, the claim table, which both threads share, says whether its consumer has begun.
 *
 *     waiting ── offered ──▶ handed ── answered, failed ──▶ settled
 *        ▲  └────────────────┤ ├───── released ───────────▶ settled
 *        └───── revoked ─────┘ └─ comes back too often ─▶ held ─▶ settled
 *                                     any ── channel went ▶ lost
 */
export class Delivery {
  readonly message: ReceivedMessage;
  readonly epoch: Epoch;
  readonly flow: EntryFlow;
  /** When the broker delivered it, in milliseconds of the flow's clock. */
  readonly receivedAtMs: number;
  /** True once it has its token of the rate limit: handed over again, it needs no other. */
  isAllowed: boolean;
  state: 'waiting' | 'handed' | 'held' | 'settled' | 'lost' = 'waiting';
  /** The slot that it is with, or ended on; undefined while it waits. */
  slot: Slot | undefined;
  /** Defined while it is with a thread. */
  claim: ClaimId | undefined;
  /** True once its thread has told the answer. */
  isTold = false;
  /** When it was handed over, in milliseconds of the flow's clock. */
  handedAtMs = 0;
  /** How many were with the slot then, itself included. */
  place = 0;
  /** The deliveries of its key; undefined while it waits, and where its entry keeps no order by keys. */
  partition: Partition | undefined;

  constructor(options: Pick<Delivery, 'message' | 'epoch' | 'flow' | 'receivedAtMs' | 'isAllowed'>) {
    this.message = options.message;
    this.epoch = options.epoch;
    this.flow = options.flow;
    this.receivedAtMs = options.receivedAtMs;
    this.isAllowed = options.isAllowed;
  }

  get isOver(): boolean {
    return this.state === 'settled' || this.state === 'lost';
  }

  /** Sends the answer if none was sent before and the channel lives. With it ends our hold on the message's memory. */
  settle(answer: Exclude<AnswerName, 'none'>): void {
    if (this.isOver) return;
    const { message, epoch } = this;
    if (!epoch.settle(message.deliveryTag, answer)) {
      return this.lose('its channel closed before the answer could be sent');
    }
    this.state = 'settled';
    // Watchers may read the message.
    this.flow.answered(this, answer);
    message.release();
  }

  /** The channel has gone, or the broker has taken it back: it is not answered any more. */
  lose(reason: string): void {
    if (this.isOver) return;
    const { message, epoch } = this;
    this.state = 'lost';
    epoch.forgo(message.deliveryTag);
    this.flow.lost(this, reason);
    message.release();
  }

  reported(report: Report): void {
    this.flow.reported(this, report);
  }

  failed(failure: ThreadFailure): void {
    this.flow.failed(this, failure);
  }
}

/** The deliveries of one key, which run one at a time and in order; one that has no key is alone in its own. */
export interface Partition {
  readonly key: string | undefined;
  /** With no slot, in order. */
  waiting: Delivery[];
  /** How many are with the slot. */
  handed: number;
  /** Where the handed are, all of them; a slot runs one at a time, and in the order in which they came there. */
  slot: Slot | undefined;
}

/**
 * How many deliveries may be with a slot at one time: it follows the consumer's service time. One that takes microseconds
 * gets enough to hide the hop and to batch its answers; one that takes longer gets what it begins next and no more, so that
 * there is little to take back when another slot is free.
 */
export class SlotWindow {
  private serviceMs: number | undefined;

  /** Deliveries that the slot may have. */
  get size(): number {
    if (this.serviceMs === undefined) return FIRST_WINDOW;
    return Math.min(WINDOW, Math.max(LEAST_WINDOW, 1 + Math.ceil(AHEAD_MS / this.serviceMs)));
  }

  /**
   * Notes a delivery that has ended.
   * @param stayMs from when it was handed over to its end
   * @param place how many were with the slot then, itself included: it waited for all of them
   */
  note(stayMs: number, place: number): void {
    const serviceMs = stayMs / place;
    this.serviceMs =
      this.serviceMs === undefined ? serviceMs : this.serviceMs + LATEST_WEIGHT * (serviceMs - this.serviceMs);
  }
}

/** One consumer instance's place on a thread, and what is with it. */
export class Slot implements HostedSlot<Delivery> {
  readonly spec: SlotSpec;
  readonly thread: number;
  /** The flow of its entry; undefined until that is there. */
  flow: EntryFlow | undefined;
  link: ThreadLink<Delivery> | undefined;
  isUp = true;
  /** True once its instance has been constructed, at the start or after a death. */
  hasGoneUp = false;
  /**
   * True from when another slot took over what this one had not begun until it ends what it runs: offering it more would
   * only pile copies up at the port of a blocked thread.
   */
  stalled = false;
  /** How many deliveries it may have. */
  readonly window = new SlotWindow();
  /** Deliveries that are with the thread, in the order in which they will run; the first may have begun. */
  readonly handed = new Fifo<Delivery>();
  /** Deliveries whose `consume` has ended here. */
  served = 0;
  /** Called once when nothing is with the slot any more: its thread is to go. */
  whenEmpty: (() => void) | undefined;

  constructor(spec: SlotSpec, thread: number) {
    this.spec = spec;
    this.thread = thread;
  }

  /** True while the slot takes deliveries, be it ahead of their turn. */
  get hasRoom(): boolean {
    return this.isUp && !this.stalled && this.handed.length < this.window.size;
  }

  /** True while the slot could begin a delivery at once. */
  get isIdle(): boolean {
    return this.isUp && !this.stalled && this.handed.length === 0;
  }

  /** Hands a delivery to the thread. */
  take(delivery: Delivery, nowMs: number): void {
    if (this.link === undefined) throw new RangeError(`no worker thread has the slot ${this.spec.slot}`);
    this.link.offer(this.spec.slot, delivery);
    delivery.slot = this;
    delivery.state = 'handed';
    delivery.handedAtMs = nowMs;
    delivery.place = this.handed.push(delivery);
  }

  /** Takes a delivery back. False: its consumer has begun. */
  revoke(delivery: Delivery): boolean {
    return this.link?.revoke(delivery) === true && this.handed.remove(delivery);
  }

  /** True while the delivery is with the slot's thread, and its consumer has not begun. */
  isOffered(delivery: Delivery): boolean {
    return this.link?.isOffered(delivery) === true;
  }

  /** True once the slot's consumer has begun the delivery, until its end is told. */
  hasBegun(delivery: Delivery): boolean {
    return delivery.claim !== undefined && !this.isOffered(delivery);
  }

  goUp(): void {
    this.hasGoneUp = true;
    this.flow?.slotUp(this);
  }

  goDown(): void {
    this.flow?.slotDown(this);
  }

  wake(): void {
    this.flow?.slotAwake(this);
  }

  async retire(): Promise<void> {
    await this.flow?.retire(this);
  }

  threadDied(orphans: readonly Orphan<Delivery>[], cause: Error): void {
    const own = orphans.filter(({ delivery }) => delivery.slot === this);
    this.flow?.slotDied(this, own, cause);
  }
}
