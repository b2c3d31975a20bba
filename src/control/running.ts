import { identityOf } from '../bridge/index.js';
import { type Delivery, type RunningDelivery, runningOn } from '../dispatch/index.js';
import { recordOf } from '../failures/index.js';
import type { ControlledEntry } from './status.js';

/** A message that a consumer is handling now. */
export interface RunningMessage {
  /** For `abort`; unique in this process. */
  readonly id: number;
  readonly queue: string;
  readonly name: string;
  readonly instance: number;
  readonly thread: number;
  readonly runningMs: number;
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly attempt: number;
  readonly messageId: string | null;
}

/**
 * Lists running messages and finds them again. A delivery gets an id when it is first listed: delivery tags begin again
 * on each channel, so an abort by tag could hit the wrong message.
 */
export class RunningMessages {
  private readonly entries: readonly ControlledEntry[];
  /** Monotonic. */
  private readonly nowMs: () => number;
  private readonly ids = new WeakMap<Delivery, number>();
  private lastId = 0;

  constructor(entries: readonly ControlledEntry[], nowMs: () => number) {
    this.entries = entries;
    this.nowMs = nowMs;
  }

  /** The longest first. */
  list(): readonly RunningMessage[] {
    return this.all()
      .map(({ source, each }) => this.describe(source, each))
      .toSorted((one, other) => other.runningMs - one.runningMs);
  }

  /** Undefined if the message no longer runs. */
  find(id: number): { readonly source: ControlledEntry; readonly each: RunningDelivery } | undefined {
    return this.all().find(({ each }) => this.ids.get(each.delivery) === id);
  }

  private all(): { readonly source: ControlledEntry; readonly each: RunningDelivery }[] {
    return this.entries.flatMap((source) => runningOn(source.slots, this.nowMs()).map((each) => ({ source, each })));
  }

  private describe({ entry, label }: ControlledEntry, { delivery, slot, runningMs }: RunningDelivery): RunningMessage {
    const { message, state } = delivery;
    // The memory of a lost message may hold another message by now.
    const isReadable = state !== 'lost';
    return {
      id: this.idOf(delivery),
      queue: entry.queue,
      name: label,
      instance: slot.spec.instance,
      thread: slot.thread,
      runningMs: Math.round(runningMs),
      deliveryTag: message.deliveryTag,
      redelivered: message.redelivered,
      attempt: isReadable ? recordOf(message).attempts + 1 : 1,
      messageId: (isReadable ? identityOf(message).messageId : undefined) ?? null,
    };
  }

  private idOf(delivery: Delivery): number {
    const known = this.ids.get(delivery);
    if (known !== undefined) return known;
    this.ids.set(delivery, ++this.lastId);
    return this.lastId;
  }
}
