import type { Epoch } from '../../broker/index.js';
import type { Delivery } from '../delivery.js';
import type { BrokerTimeout } from '../limits/broker-timeout.js';
import type { ReturnBrake } from '../limits/return-brake.js';
import type { SlotAssigner, SlotAssignerOptions } from '../slots/slot-assigner.js';
import type { PendingFailures } from './pending-failures.js';

/**
 * A message may be too young by so much of the broker's timeout, and by no more than a second, and still count as taken back: it
 * was on its way to us for a while. One that is counted wrongly has but this time left.
 */
const TRANSIT = 0.1;
const LONGEST_TRANSIT_MS = 1_000;

export interface LossesOptions extends Pick<SlotAssignerOptions, 'slots' | 'feed' | 'nowMs'> {
  readonly assigner: SlotAssigner;
  readonly failures: PendingFailures;
  readonly brake: ReturnBrake;
}

interface Lost {
  readonly count: number;
  /** Those that a consumer has begun. */
  readonly begun: readonly Delivery[];
}

/** Deliveries that the broker has taken back: what has not begun never does, and the rest hears of it and is answered no more. */
export class Losses {
  private readonly options: LossesOptions;
  /** By epoch whose consumer the broker has cancelled: after how many milliseconds it takes a message back. */
  private readonly limits = new WeakMap<Epoch, number>();

  constructor(options: LossesOptions) {
    this.options = options;
  }

  /** The channel of an epoch has gone, and with it every delivery that it brought; tells how many of them ran. */
  loseAll(epoch: Epoch, reason: string): number {
    const isOurs = (delivery: Delivery): boolean => delivery.epoch === epoch;
    const { begun } = this.lose(isOurs, reason);
    this.options.failures.end(epoch, reason);
    this.options.brake.lose(isOurs, reason);
    // The others were answered before, and go on.
    return begun.filter(({ state }) => state === 'lost').length;
  }

  /**
   * The broker cancelled the consumer of an epoch, and has taken back the messages that waited too long for their answer. It does
   * not say which they are: how long they have waited does. Where the file does not say how long that is, or none has waited for
   * so long as a policy says less, it was the oldest. Where that cannot be told, what runs keeps its answer, at the worst in vain,
   * and the rest must go back, lest it runs here and where the broker delivers it next.
   * @returns what must go back
   */
  loseOverdue(epoch: Epoch, timeout: BrokerTimeout): readonly Delivery[] {
    const known = this.limits.get(epoch);
    if (known !== undefined) {
      this.loseAfter(epoch, known);
      return [];
    }
    let limitMs = timeout.ms;
    if (!timeout.isWritten || this.loseAfter(epoch, limitMs) === 0) {
      limitMs = this.ageOfOldest(epoch) ?? Number.POSITIVE_INFINITY;
      this.loseAfter(epoch, limitMs);
    }
    this.limits.set(epoch, limitMs);
    return limitMs === Number.POSITIVE_INFINITY
      ? this.options.assigner.forgetUnbegun((delivery) => delivery.epoch === epoch)
      : [];
  }

  /** Loses what has waited for so long; tells how many they were. */
  private loseAfter(epoch: Epoch, limitMs: number): number {
    const { nowMs, feed, failures, brake } = this.options;
    const now = nowMs();
    const leastMs = limitMs - Math.min(LONGEST_TRANSIT_MS, TRANSIT * limitMs);
    const isOverdue = ({ epoch: own, isOver, receivedAtMs }: Delivery): boolean =>
      own === epoch && !isOver && now - receivedAtMs >= leastMs;
    const reason = `the broker took it back: no answer within ${Math.round(limitMs)} ms`;
    const { count, begun } = this.lose(isOverdue, reason);
    failures.lose(isOverdue, reason);
    brake.lose(isOverdue, reason);
    for (const delivery of begun) feed.takenBack.emit({ delivery, reason });
    return count;
  }

  /** Undefined: it is not with a thread, or may be the oldest because an older one was answered a moment ago. */
  private ageOfOldest(epoch: Epoch): number | undefined {
    const { slots, nowMs } = this.options;
    const tag = epoch.oldestOpen;
    const isOldest = (delivery: Delivery): boolean => delivery.epoch === epoch && delivery.message.deliveryTag === tag;
    const oldest = slots.flatMap(({ handed }) => [...handed]).find(isOldest);
    return oldest === undefined ? undefined : nowMs() - oldest.receivedAtMs;
  }

  private lose(isGone: (delivery: Delivery) => boolean, reason: string): Lost {
    const { slots, assigner } = this.options;
    const waiting = assigner.forget(isGone);
    for (const delivery of waiting) delivery.lose(reason);
    let count = waiting.length;
    const begun: Delivery[] = [];
    for (const slot of slots) {
      const running: Delivery[] = [];
      for (const delivery of [...slot.handed].filter(isGone)) {
        count++;
        delivery.lose(reason);
        if (slot.link?.revoke(delivery) === true) assigner.takeFrom(delivery);
        else running.push(delivery);
      }
      slot.link?.lose(running, reason);
      begun.push(...running);
    }
    return { count, begun };
  }
}
