import type { ReceivedMessage } from '../amqp/index.js';
import type { AnswerName, ClaimId, Report, SlotSpec, ThreadSpan } from '../bridge/index.js';
import type { Epoch } from '../broker/index.js';
import type { HostedSlot, Orphan, ThreadFailure, ThreadLink } from '../threads/index.js';
import { Fifo } from '../timing/index.js';

/** Work ahead: long against the hop to a thread, short against a wait. */
const AHEAD_MS = 5;
/** One that runs, and one that follows without a hop. */
export const LEAST_WINDOW = 2;
/** Enough to batch the fastest consumer. */
export const WINDOW = 64;
const FIRST_WINDOW = 8;
/** Ten fast deliveries outweigh a slow one. */
const LATEST_WEIGHT = 0.25;

/** The flow of an entry, as deliveries and slots call it. */
export interface EntryFlow {
  reported(delivery: Delivery, report: Report): void;
  failed(delivery: Delivery, failure: ThreadFailure): void;
  answered(delivery: Delivery, answer: AnswerName): void;
  lost(delivery: Delivery, reason: string): void;
  slotUp(slot: Slot): void;
  slotDown(slot: Slot): void;
  slotAwake(slot: Slot): void;
  drainSlot(slot: Slot): Promise<void>;
  slotDied(slot: Slot, orphans: readonly Orphan<Delivery>[], cause: Error): void;
}

/**
 * One arrival of a message. Its whole state is here, except whether its consumer has begun: the claim table says that.
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
  /** On the flow's clock. */
  readonly receivedAtMs: number;
  /** True once it has a token of the rate limit. */
  isAllowed: boolean;
  state: 'waiting' | 'handed' | 'held' | 'settled' | 'lost' = 'waiting';
  /** The slot that it is with, or ended on. */
  slot: Slot | undefined;
  /** Defined while it is with a thread. */
  claim: ClaimId | undefined;
  /** True once its thread has reported the answer. */
  isTold = false;
  handedAtMs = 0;
  /** When its `consume` began and ended, on this thread's clock; known when it has ended. */
  beganAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** The span of its `consume`; known when it has ended, with tracing. */
  threadSpan: ThreadSpan | undefined;
  /** Deliveries with the slot at that time, itself included. */
  place = 0;
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

  /** Sends its one answer, if the channel is still open, and frees its memory. */
  settle(answer: Exclude<AnswerName, 'none'>): void {
    if (this.isOver) return;
    const { message, epoch } = this;
    if (!epoch.settle(message.deliveryTag, answer)) {
      return this.lose('its channel closed before the answer could be sent');
    }
    this.state = 'settled';
    // Listeners may read the message.
    this.flow.answered(this, answer);
    message.release();
  }

  /** Its channel closed, or the broker took it back. */
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

/** The deliveries of one key; a message without a key has its own. */
export interface Partition {
  readonly key: string | undefined;
  /** With no slot. */
  waiting: Delivery[];
  handed: number;
  /** Of all that are handed. */
  slot: Slot | undefined;
}

/**
 * Sizes a slot's window by service time: a fast consumer needs enough to hide the hop and to batch answers; a slow one
 * gets one ahead, so there is little to take back.
 */
export class SlotWindow {
  private serviceMs: number | undefined;

  get size(): number {
    if (this.serviceMs === undefined) return FIRST_WINDOW;
    return Math.min(WINDOW, Math.max(LEAST_WINDOW, 1 + Math.ceil(AHEAD_MS / this.serviceMs)));
  }

  /**
   * @param stayMs from hand-over to end
   * @param place deliveries with the slot at the hand-over, itself included
   */
  note(stayMs: number, place: number): void {
    const serviceMs = stayMs / place;
    this.serviceMs =
      this.serviceMs === undefined ? serviceMs : this.serviceMs + LATEST_WEIGHT * (serviceMs - this.serviceMs);
  }
}

/** The position of a consumer instance on a thread. */
export class Slot implements HostedSlot<Delivery> {
  readonly spec: SlotSpec;
  readonly thread: number;
  flow: EntryFlow | undefined;
  link: ThreadLink<Delivery> | undefined;
  /** False while the instance or its thread is being replaced. */
  isUp = true;
  /** True after the first `goUp`: a failed constructor has succeeded. */
  hasGoneUp = false;
  /**
   * True from when another slot took over what this one had not begun until it ends what it runs: more would pile up at
   * a blocked thread.
   */
  stalled = false;
  readonly window = new SlotWindow();
  /** The first may have begun. */
  readonly handed = new Fifo<Delivery>();
  served = 0;
  /** Called once when nothing is with it. */
  whenEmpty: (() => void) | undefined;

  constructor(spec: SlotSpec, thread: number) {
    this.spec = spec;
    this.thread = thread;
  }

  get hasRoom(): boolean {
    return this.isUp && !this.stalled && this.handed.length < this.window.size;
  }

  /** True while it would begin a delivery at once. */
  get isIdle(): boolean {
    return this.isUp && !this.stalled && this.handed.length === 0;
  }

  take(delivery: Delivery, nowMs: number): void {
    if (this.link === undefined) throw new RangeError(`no worker thread has the slot ${this.spec.slot}`);
    this.link.offer(this.spec.slot, delivery);
    delivery.slot = this;
    delivery.state = 'handed';
    delivery.handedAtMs = nowMs;
    delivery.place = this.handed.push(delivery);
  }

  /** False: its consumer has begun. */
  revoke(delivery: Delivery): boolean {
    return this.link?.revoke(delivery) === true && this.handed.remove(delivery);
  }

  isOffered(delivery: Delivery): boolean {
    return this.link?.isOffered(delivery) === true;
  }

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

  async drain(): Promise<void> {
    await this.flow?.drainSlot(this);
  }

  threadDied(orphans: readonly Orphan<Delivery>[], cause: Error): void {
    const own = orphans.filter(({ delivery }) => delivery.slot === this);
    this.flow?.slotDied(this, own, cause);
  }
}
