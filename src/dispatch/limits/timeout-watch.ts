import type { Delivery, Slot } from '../delivery.js';

/** Largest error, as a share of the limit. */
const PRECISION = 0.05;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 60_000;
const NEAR = 0.8;

const NO_THREAD = {};

/** Limits for one message; absent: none. */
export interface TimeLimits {
  /** Then its signal aborts. */
  readonly softMs?: number | undefined;
  /** Then its thread ends. */
  readonly hardMs?: number | undefined;
}

export interface TimeoutWatchOptions {
  readonly slots: readonly Slot[];
  readonly limits: TimeLimits;
  readonly brokerMs: () => number | undefined;
  readonly nowMs: () => number;
  readonly onSoft: (slot: Slot, delivery: Delivery) => void;
  readonly onHard: (slot: Slot, delivery: Delivery) => void;
  readonly onNearBrokerTimeout: (slot: Slot, delivery: Delivery) => void;
}

interface Running {
  readonly delivery: Delivery;
  readonly slot: Slot;
  /** Without the time in which another one blocked the thread. */
  ranMs: number;
  isSoftOver: boolean;
  isTold: boolean;
}

/**
 * Watches how long consumers run. A clock starts when a look finds the delivery begun, and stands still while another
 * one blocks the thread: the longest is the culprit. A batch is watched by its last delivery. Looks only while
 * something is with threads, every twentieth of the shortest limit.
 */
export class TimeoutWatch {
  private readonly options: TimeoutWatchOptions;
  private pauseMs = LONGEST_PAUSE_MS;
  /** Weak: the next look may be a minute away. */
  private running = new WeakMap<Delivery, Running>();
  private readonly culprits = new WeakSet<Delivery>();
  private holders = new WeakMap<object, number | undefined>();
  private lastMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: TimeoutWatchOptions) {
    this.options = options;
  }

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

  isCulprit(delivery: Delivery): boolean {
    return this.culprits.has(delivery);
  }

  private look(): void {
    this.timer = undefined;
    const { slots, nowMs } = this.options;
    const before = this.holders;
    const now = nowMs();
    // A stalled main thread is not the consumers' fault.
    const elapsedMs = Math.min(now - this.lastMs, 2 * this.pauseMs);
    this.lastMs = now;
    const holders = new Map(slots.map((slot) => [threadOf(slot), slot.link?.holder()]));
    this.holders = new WeakMap(holders);
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

  private find(slot: Slot, othersMs: number, elapsedMs: number): Running[] {
    // The end of an earlier one may be on its way.
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

  private isNearTimeout({ state, receivedAtMs }: Delivery, now: number, brokerMs: number): boolean {
    return state === 'handed' && now - receivedAtMs >= NEAR * brokerMs;
  }

  /** Nothing tells which of a batch was slow. */
  private culpritsOf({ slot, delivery }: Running): readonly Delivery[] {
    if (slot.spec.batchSize === undefined) return [delivery];
    return [...slot.handed].filter((each) => slot.hasBegun(each));
  }

  private end(onThread: readonly Running[]): void {
    const { hardMs } = this.options.limits;
    if (hardMs === undefined) return;
    const [longest] = onThread.toSorted((one, other) => other.ranMs - one.ranMs);
    if (longest === undefined || longest.ranMs < hardMs || this.culprits.has(longest.delivery)) return;
    for (const culprit of this.culpritsOf(longest)) this.culprits.add(culprit);
    this.options.onHard(longest.slot, longest.delivery);
  }
}

function threadOf({ link }: Slot): object {
  return link ?? NO_THREAD;
}
