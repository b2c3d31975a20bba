import type { Delivery, Slot } from '../delivery.js';

/** The part of a time limit that a look may come too late by, and the bounds of the pause between two looks. */
const PRECISION = 0.05;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 60_000;
/** The part of the broker's timeout after which a delivery without an answer is logged. */
const NEAR = 0.8;

/** Stands for the session of a slot that no thread serves: nothing runs there. */
const NO_THREAD = {};

/** How long a consumer may take for one message, in milliseconds; absent: as long as it likes. */
export interface TimeLimits {
  /** Then its signal aborts. */
  readonly softMs?: number | undefined;
  /** Then its thread is ended. */
  readonly hardMs?: number | undefined;
}

export interface TimeoutWatchOptions {
  readonly slots: readonly Slot[];
  readonly limits: TimeLimits;
  /** How long the broker that we are connected to waits for an answer; undefined: for ever. */
  readonly brokerMs: () => number | undefined;
  readonly nowMs: () => number;
  /** The soft limit has passed. */
  readonly onSoft: (slot: Slot, delivery: Delivery) => void;
  /** The hard limit has passed. */
  readonly onHard: (slot: Slot, delivery: Delivery) => void;
  /** The broker will soon take the delivery back. */
  readonly onNearBrokerTimeout: (slot: Slot, delivery: Delivery) => void;
}

interface Running {
  readonly delivery: Delivery;
  readonly slot: Slot;
  /** How long it has run, as far as it could. */
  ranMs: number;
  isSoftOver: boolean;
  isTold: boolean;
}

/**
 * Watches how long consumers run. The clock of a delivery starts when a look finds it begun, so what waits for its turn has
 * not used any of its time; and it stands while another one blocks the thread, so that at the end of a loop it is the loop
 * that has failed, and none of those that could not get on beside it. Of those that have outlasted the hard limit on one
 * thread, one is the culprit: the one that ran longest. A batch is watched as one, by the last of its deliveries.
 *
 * Looks only while something is with threads: every twentieth of the shortest limit, by which a limit may be outlasted.
 */
export class TimeoutWatch {
  private readonly options: TimeoutWatchOptions;
  private pauseMs = LONGEST_PAUSE_MS;
  /** What the last look found; neither this nor `holders` keeps what has ended until the next one, which may be a minute away. */
  private running = new WeakMap<Delivery, Running>();
  private readonly culprits = new WeakSet<Delivery>();
  private holders = new WeakMap<object, number | undefined>();
  private lastMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: TimeoutWatchOptions) {
    this.options = options;
  }

  /** A delivery was handed over. */
  watch(): void {
    if (this.timer !== undefined) return;
    const { softMs = Number.POSITIVE_INFINITY, hardMs = Number.POSITIVE_INFINITY } = this.options.limits;
    const pauseMs = Math.round(PRECISION * Math.min(softMs, hardMs, this.brokerMs));
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pauseMs));
    this.timer = setTimeout(() => this.look(), this.pauseMs);
    this.timer.unref();
  }

  private get brokerMs(): number {
    return this.options.brokerMs() ?? Number.POSITIVE_INFINITY;
  }

  /** True for a delivery whose thread was ended because of it. */
  isCulprit(delivery: Delivery): boolean {
    return this.culprits.has(delivery);
  }

  private look(): void {
    this.timer = undefined;
    const { slots, nowMs } = this.options;
    const before = this.holders;
    const now = nowMs();
    // No more than two pauses: while the main thread itself stood still, the consumers are not to blame.
    const elapsedMs = Math.min(now - this.lastMs, 2 * this.pauseMs);
    this.lastMs = now;
    const holders = new Map(slots.map((slot) => [threadOf(slot), slot.link?.holder()]));
    this.holders = new WeakMap(holders);
    // Two looks have found the same one: it has the thread for longer than a moment.
    const isBlocked = (thread: object): boolean => {
      const holder = holders.get(thread);
      return holder !== undefined && holder === before.get(thread);
    };
    const found = slots.flatMap((slot) => this.find(slot, isBlocked(threadOf(slot)) ? 0 : elapsedMs, elapsedMs));
    this.running = new WeakMap(found.map((each) => [each.delivery, each]));
    for (const each of found) this.warn(each, now);
    for (const thread of holders.keys()) this.end(found.filter(({ slot }) => threadOf(slot) === thread));
    if (slots.some(({ handed }) => handed.length > 0)) this.watch();
  }

  /** What runs on a slot; the clock of what has begun since the last look stands at nothing. */
  private find(slot: Slot, othersMs: number, elapsedMs: number): Running[] {
    // The last one that has begun: the end of one before it may be on its way still.
    const delivery = slot.handed.findLast((each) => slot.hasBegun(each));
    if (delivery === undefined) return [];
    const known = this.running.get(delivery);
    if (known?.slot !== slot) return [{ delivery, slot, ranMs: 0, isSoftOver: false, isTold: false }];
    known.ranMs += slot.link?.hasThread(delivery) === true ? elapsedMs : othersMs;
    return [known];
  }

  private warn(running: Running, now: number): void {
    const { limits, onSoft, onNearBrokerTimeout } = this.options;
    const { slot, delivery } = running;
    if (limits.softMs !== undefined && running.ranMs >= limits.softMs && !running.isSoftOver) {
      running.isSoftOver = true;
      onSoft(slot, delivery);
    }
    if (running.isTold) return;
    const { brokerMs } = this;
    const overdue = slot.handed.find((each) => this.isNearTimeout(each, now, brokerMs) && slot.hasBegun(each));
    if (overdue === undefined) return;
    running.isTold = true;
    onNearBrokerTimeout(slot, overdue);
  }

  /** True while the broker waits for the answer, and has done so for long. */
  private isNearTimeout({ state, receivedAtMs }: Delivery, now: number, brokerMs: number): boolean {
    return state === 'handed' && now - receivedAtMs >= NEAR * brokerMs;
  }

  /** Of a batch all that ran: which of them took so long cannot be told. */
  private culpritsOf({ slot, delivery }: Running): readonly Delivery[] {
    if (slot.spec.batchSize === undefined) return [delivery];
    return [...slot.handed].filter((each) => slot.hasBegun(each));
  }

  /** Ends the thread that these run on, if it is time for that. */
  private end(onThread: readonly Running[]): void {
    const { hardMs } = this.options.limits;
    if (hardMs === undefined) return;
    const [longest] = onThread.toSorted((one, other) => other.ranMs - one.ranMs);
    if (longest === undefined || longest.ranMs < hardMs || this.culprits.has(longest.delivery)) return;
    for (const culprit of this.culpritsOf(longest)) this.culprits.add(culprit);
    this.options.onHard(longest.slot, longest.delivery);
  }
}

/** Identifies the thread of a slot. */
function threadOf({ link }: Slot): object {
  return link ?? NO_THREAD;
}
