import type { Epoch } from '../../broker/index.js';
import type { Delivery } from '../delivery.js';
import type { BrokerTimeout } from '../limits/broker-timeout.js';
import type { ReturnDelays } from '../limits/return-delays.js';
import type { SlotAssigner, SlotAssignerOptions } from '../slots/slot-assigner.js';
import type { PendingOutcomes } from './pending-outcomes.js';

/** Taken-back messages may look this much younger than the timeout: they were on their way to us. */
const TRANSIT = 0.1;
const LONGEST_TRANSIT_MS = 1_000;

export interface LossesOptions extends Pick<SlotAssignerOptions, 'slots' | 'feed' | 'nowMs'> {
  readonly assigner: SlotAssigner;
  readonly pending: PendingOutcomes;
  readonly delays: ReturnDelays;
}

interface Lost {
  readonly count: number;
  readonly begun: readonly Delivery[];
}

/** Loses the deliveries that the broker took back: they get no answer. */
export class Losses {
  private readonly options: LossesOptions;
  private readonly limits = new WeakMap<Epoch, number>();

  constructor(options: LossesOptions) {
    this.options = options;
  }

  loseAll(epoch: Epoch, reason: string): number {
    const isOurs = (delivery: Delivery): boolean => delivery.epoch === epoch;
    const { begun } = this.lose(isOurs, reason);
    this.options.pending.end(epoch, reason);
    this.options.delays.lose(isOurs, reason);
    // The others were answered before, and go on.
    return begun.filter(({ state }) => state === 'lost').length;
  }

  /**
   * The broker cancelled the consumer and took back messages without an answer, but does not say which: their age does.
   * Without a written timeout, or if a policy shortens it, it was the oldest. If even that is unknown, running messages
   * keep their answers, at worst in vain, and the rest must go back, or it could run twice at once.
   * @returns the deliveries that must go back
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

  private loseAfter(epoch: Epoch, limitMs: number): number {
    const { nowMs, feed, pending, delays } = this.options;
    const now = nowMs();
    const leastMs = limitMs - Math.min(LONGEST_TRANSIT_MS, TRANSIT * limitMs);
    const isOverdue = ({ epoch: own, isOver, receivedAtMs }: Delivery): boolean =>
      own === epoch && !isOver && now - receivedAtMs >= leastMs;
    const reason = `the broker took it back: no answer within ${Math.round(limitMs)} ms`;
    const { count, begun } = this.lose(isOverdue, reason);
    pending.lose(isOverdue, reason);
    delays.lose(isOverdue, reason);
    for (const delivery of begun) feed.takenBack.emit({ delivery, reason });
    return count;
  }

  /** Undefined: an older one may have been answered a moment ago. */
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
