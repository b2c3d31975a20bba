import type { AnswerName } from '../bridge/index.js';
import type { Failure, FailureOutcome } from '../failures/index.js';
import type { Delivery, Slot } from './delivery.js';
import type { BrokerTimeout } from './limits/broker-timeout.js';

/**
 * A delivery's life, for whoever watches it: logs now, metrics and traces later. Watchers only look; none of them is
 * woven into the flow. That a consumer begins is decided in shared memory and told by what follows it.
 */
export interface DeliveryEvents {
  /** When the broker delivered a message. */
  received: { readonly delivery: Delivery };
  /** When it was handed to a slot's thread, ahead of its turn or not. */
  offered: { readonly delivery: Delivery; readonly slot: Slot };
  /** When it was taken back from a thread that had not begun it, to run elsewhere. */
  revoked: { readonly delivery: Delivery; readonly slot: Slot };
  /** When an answer went to the broker. */
  answered: { readonly delivery: Delivery; readonly answer: AnswerName };
  /** When `consume` threw, or its thread died while it ran; `isJudged`: `decided` follows, or `lost`. */
  failed: { readonly delivery: Delivery; readonly failure: Failure; readonly awaitsOutcome: boolean };
  /** When it was given back without having begun, or because its thread was ended over another one (`hasBegun`). */
  released: { readonly delivery: Delivery; readonly reason: string; readonly hasBegun: boolean };
  /** When it had run for longer than the soft timeout of its entry. */
  expired: { readonly delivery: Delivery; readonly slot: Slot };
  /** When it is not answered yet and the broker will soon take it back. */
  overdue: { readonly delivery: Delivery; readonly slot: Slot; readonly timeout: BrokerTimeout };
  /** When the broker has taken it back, and it alone, while it ran: it is lost. */
  takenBack: { readonly delivery: Delivery; readonly reason: string };
  /** When it was decided what becomes of it after a failure; a copy that takes its place is safe by then. */
  concluded: { readonly delivery: Delivery; readonly outcome: FailureOutcome };
  /** When it is given back so often that the answer waits. */
  held: { readonly delivery: Delivery; readonly waitMs: number };
  /** When its channel went, or the broker took it back, before it was answered. */
  lost: { readonly delivery: Delivery; readonly reason: string };
  /** When a channel went while so many of its deliveries ran; each of them was `lost`. */
  interrupted: { readonly running: number; readonly reason: string };
}

/** One kind of event. Nobody watches most of them: then it costs a look at an empty list. */
export class Signal<Event> {
  private readonly watchers: ((event: Event) => void)[] = [];

  on(watcher: (event: Event) => void): void {
    this.watchers.push(watcher);
  }

  emit(event: Event): void {
    for (const watcher of this.watchers) watcher(event);
  }
}

/** A field for each event: to look one up by its name took 20 ns, five times a message. */
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
  readonly concluded = new Signal<DeliveryEvents['concluded']>();
  readonly held = new Signal<DeliveryEvents['held']>();
  readonly lost = new Signal<DeliveryEvents['lost']>();
  readonly interrupted = new Signal<DeliveryEvents['interrupted']>();
}
