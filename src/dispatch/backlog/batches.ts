import type { ReceivedMessage } from '../../amqp/index.js';
import type { Delivery } from '../delivery.js';
import type { Backlog, BacklogPorts } from './backlog.js';

/** Timers may fire slightly early. */
const SHORTEST_WAIT_MS = 1;

/** When a batch goes: at `size` deliveries, or `waitMs` after its first. */
export interface BatchRule {
  readonly size: number;
  readonly waitMs: number;
  /** True for a message that gets a batch of its own. */
  readonly goesAlone: (message: ReceivedMessage) => boolean;
}

interface Ready {
  readonly delivery: Delivery;
  readonly sinceMs: number;
}

/**
 * Hands batches to idle slots: when `size` are ready, or when the oldest has waited `waitMs`. They fill here, so that
 * one fills up while several slots are idle.
 *
 *     waiting ── room in the batch, and its token ──▶ ready ── full, or waited long enough, and a slot idle ──▶ handed
 *        └────── goes alone ──▶ suspect ── a slot idle ──▶ handed
 */
export class Batches implements Backlog {
  private readonly ports: BacklogPorts;
  private readonly rule: BatchRule;
  private readonly nowMs: () => number;
  private waiting: Delivery[] = [];
  private ready: Ready[] = [];
  private suspects: Ready[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(ports: BacklogPorts, rule: BatchRule, nowMs: () => number) {
    this.ports = ports;
    this.rule = rule;
    this.nowMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.ready.length === 0 && this.suspects.length === 0;
  }

  add(delivery: Delivery): void {
    this.waiting.push(delivery);
    this.hand();
  }

  hand(): void {
    const { slots, offer } = this.ports;
    this.admit();
    for (let due = this.due(); due !== undefined; due = this.due()) {
      const slot = slots.find(({ isIdle }) => isIdle);
      if (slot === undefined) return;
      for (const { delivery } of due.splice(0, due === this.suspects ? 1 : this.rule.size)) offer(delivery, slot);
      this.admit();
    }
    this.wake();
  }

  putBack(deliveries: readonly Delivery[]): void {
    const back = deliveries.map((delivery) => ({ delivery, sinceMs: delivery.receivedAtMs }));
    const isSuspect = ({ delivery }: Ready): boolean => this.rule.goesAlone(delivery.message);
    this.suspects = [...back.filter(isSuspect), ...this.suspects];
    this.ready = [...back.filter((each) => !isSuspect(each)), ...this.ready];
    // It was set for a younger delivery.
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  left(): void {
    // No delivery holds back another.
  }

  spare(): readonly Delivery[] {
    // A batch stays whole, with one slot.
    return [];
  }

  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    const all = [...this.suspects.map(deliveryOf), ...this.ready.map(deliveryOf), ...this.waiting];
    const stays = (delivery: Delivery): boolean => !isMeant(delivery);
    this.suspects = this.suspects.filter(({ delivery }) => stays(delivery));
    this.ready = this.ready.filter(({ delivery }) => stays(delivery));
    this.waiting = this.waiting.filter(stays);
    return all.filter(isMeant);
  }

  private admit(): void {
    const { size, goesAlone } = this.rule;
    let admitted = 0;
    for (const delivery of this.waiting) {
      if (this.ready.length >= size) break;
      const hadToken = delivery.isAllowed;
      if (!this.ports.isAllowed(delivery)) break;
      const isAlone = goesAlone(delivery.message);
      (isAlone ? this.suspects : this.ready).push({
        delivery,
        // From its token on, or limited deliveries would go one by one.
        sinceMs: hadToken ? delivery.receivedAtMs : this.nowMs(),
      });
      admitted++;
    }
    if (admitted > 0) this.waiting.splice(0, admitted);
  }

  private due(): Ready[] | undefined {
    const [suspect] = this.suspects;
    const [oldest] = this.ready;
    const isDue = oldest !== undefined && (this.ready.length >= this.rule.size || this.leftMs(oldest) <= 0);
    if (suspect !== undefined && !(isDue && oldest.sinceMs <= suspect.sinceMs)) return this.suspects;
    return isDue ? this.ready : undefined;
  }

  private leftMs({ sinceMs }: Ready): number {
    return sinceMs + this.rule.waitMs - this.nowMs();
  }

  private wake(): void {
    const [oldest] = this.ready;
    if (oldest === undefined || this.timer !== undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.hand();
      },
      Math.max(SHORTEST_WAIT_MS, Math.ceil(this.leftMs(oldest))),
    );
    this.timer.unref();
  }
}

function deliveryOf({ delivery }: Ready): Delivery {
  return delivery;
}
