import type { AnswerName } from '../bridge/index.js';
import type { Failure, FailureOutcome } from '../failures/index.js';
import type { Delivery, Slot } from './delivery.js';
import type { BrokerTimeout } from './limits/broker-timeout.js';

/** The events of a delivery's life. No event tells that a consumer begins: shared memory decides that. */
export interface DeliveryEvents {
  received: { readonly delivery: Delivery };
  offered: { readonly delivery: Delivery; readonly slot: Slot };
  revoked: { readonly delivery: Delivery; readonly slot: Slot };
  answered: { readonly delivery: Delivery; readonly answer: AnswerName };
  /** `awaitsOutcome`: `concluded` or `lost` follows. */
  failed: { readonly delivery: Delivery; readonly failure: Failure; readonly awaitsOutcome: boolean };
  /** Requeued before it began, or because another message ended its thread (`hasBegun`). */
  released: { readonly delivery: Delivery; readonly reason: string; readonly hasBegun: boolean };
  /** It outlasted `timeout.soft`. */
  expired: { readonly delivery: Delivery; readonly slot: Slot };
  /** The broker will soon take it back unanswered. */
  overdue: { readonly delivery: Delivery; readonly slot: Slot; readonly timeout: BrokerTimeout };
  /** The broker took back this one alone while it ran. */
  takenBack: { readonly delivery: Delivery; readonly reason: string };
  /** `consume` has ended, or its thread died; after `answered`, or before it if a copy must be confirmed first. */
  ended: { readonly delivery: Delivery; readonly slot: Slot };
  /** The outcome of a failure is known, and its copy confirmed. */
  concluded: { readonly delivery: Delivery; readonly outcome: FailureOutcome };
  /** Its answer waits: the message keeps coming back. */
  held: { readonly delivery: Delivery; readonly waitMs: number };
  /** The channel closed, or the broker took it back. */
  lost: { readonly delivery: Delivery; readonly reason: string };
  /** A channel closed while this many of its deliveries ran. */
  interrupted: { readonly running: number; readonly reason: string };
}

/** One kind of event. */
export class Signal<Event> {
  private readonly watchers: ((event: Event) => void)[] = [];

  on(watcher: (event: Event) => void): void {
    this.watchers.push(watcher);
  }

  emit(event: Event): void {
    for (const watcher of this.watchers) watcher(event);
  }
}

/** One field per event: a look-up by name took 20 ns, five times a message. */
export class DeliveryFeed implements Readonly<{ [Name in keyof DeliveryEvents]: Signal<DeliveryEvents[Name]> }> {
  readonly received = new Signal<DeliveryEvents['received']>();
  readonly offered = new Signal<DeliveryEvents['offered']>();
  readonly revoked = new Signal<DeliveryEvents['revoked']>();
  readonly answered = new Signal<DeliveryEvents['answered']>();
  readonly failed = new Signal<DeliveryEvents['failed']>();
  readonly released = new Signal<DeliveryEvents['released']>();
  readonly expired = new Signal<DeliveryEvents['expired']>();
  readonly overdue = new Signal<DeliveryEvents['overdue']>();
  readonly takenBack = new Signal<DeliveryEvents['takenBack']>();
  readonly ended = new Signal<DeliveryEvents['ended']>();
  readonly concluded = new Signal<DeliveryEvents['concluded']>();
  readonly held = new Signal<DeliveryEvents['held']>();
  readonly lost = new Signal<DeliveryEvents['lost']>();
  readonly interrupted = new Signal<DeliveryEvents['interrupted']>();
}
