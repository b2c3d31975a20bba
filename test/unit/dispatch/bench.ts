import assert from 'node:assert/strict';
import type { ConsumerDecision } from '../../../src/bridge/index.js';
import { Reject, Retry } from '../../../src/consumer-api/index.js';
import type { Delivery, Slot } from '../../../src/dispatch/delivery.js';
import { DeliveryFeed } from '../../../src/dispatch/delivery-events.js';
import { DeliveryFlow, type DeliveryFlowOptions } from '../../../src/dispatch/delivery-flow.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';
import { makeSlot, SteppedWorker } from './stepped-worker.js';

const EVENTS = [
  'received',
  'offered',
  'revoked',
  'answered',
  'failed',
  'concluded',
  'held',
  'released',
  'lost',
  'takenBack',
] as const;

/** A flow with one slot for each entry of `threads`, on threads that the test controls. */
export class Bench {
  readonly flow: DeliveryFlow;
  readonly slots: readonly Slot[];
  readonly feed = new DeliveryFeed();
  /** Every event as `name tag`, in order. */
  readonly events: string[] = [];
  private readonly workers = new Map<number, SteppedWorker>();
  epoch = new FakeEpoch();
  /** The next random number. */
  random = 0;
  /** The flow's clock. */
  nowMs = 0;
  private nextTag = 1;

  constructor(
    threads: readonly number[],
    options: Pick<
      DeliveryFlowOptions,
      'outcomeOf' | 'returns' | 'keyOf' | 'isStream' | 'rateLimit' | 'batch' | 'timeouts' | 'brokerTimeout'
    > = {},
  ) {
    this.slots = threads.map((thread, slot) => makeSlot(slot, thread, options.batch?.size));
    // The widest windows, unless a test sets a slow consumer.
    for (const { window } of this.slots) window.note(0, 1);
    const { feed } = this;
    for (const name of EVENTS) {
      feed[name].on(({ delivery }: { delivery: Delivery }) =>
        this.events.push(`${name} ${delivery.message.deliveryTag}`),
      );
    }
    this.flow = new DeliveryFlow({
      ...options,
      slots: this.slots,
      feed,
      nowMs: () => this.nowMs,
      random: () => this.random,
    });
    for (const thread of new Set(threads)) this.startThread(thread);
  }

  receive(count = 1): void {
    for (let left = count; left > 0; left--) this.flow.receive(makeMessage(this.nextTag++), this.epoch);
  }

  /** Delivers the same message again; returns its tag. */
  receiveAgain(messageId = 'again'): number {
    const deliveryTag = this.nextTag++;
    this.flow.receive(makeMessage(deliveryTag, 'q', { redelivered: true, properties: { messageId } }), this.epoch);
    return deliveryTag;
  }

  /** One message for each of these routing keys. */
  receiveKeys(...keys: readonly string[]): void {
    for (const key of keys) this.flow.receive(makeMessage(this.nextTag++, key), this.epoch);
  }

  slot(number: number): Slot {
    const slot = this.slots[number];
    assert.ok(slot !== undefined, `there is no slot ${number}`);
    return slot;
  }

  /** The tags in a slot, in order. */
  tags(number: number): number[] {
    return [...this.slot(number).handed].map(({ message }) => message.deliveryTag);
  }

  begin(number: number): Delivery | undefined {
    return this.workerOf(number).begin(number);
  }

  /** The slot begins its next batch; without batches one delivery. */
  beginNext(number: number): readonly Delivery[] {
    return this.workerOf(number).beginNext(number);
  }

  /** The running consumer fails one message of its batch, and goes on. */
  failAlone(number: number): boolean {
    return this.workerOf(number).failAlone(number, new Error('alone'));
  }

  isRunning(number: number): boolean {
    return this.workerOf(number).isRunning(number);
  }

  answer(number: number, answer: 'ack' | 'nackRequeue' | 'nackDrop' | 'rejectRequeue' | 'rejectDrop'): boolean {
    return this.workerOf(number).answer(number, answer);
  }

  finish(number: number): void {
    this.workerOf(number).finish(number);
  }

  /** `consume` throws, and the slot goes down right after, as with a worker. */
  fail(number: number): void {
    this.workerOf(number).fail(number, new Error('thrown'));
    this.flow.slotDown(this.slot(number));
  }

  /** `consume` throws a decision, and the instance stays. */
  decide(number: number, decision: ConsumerDecision): void {
    this.workerOf(number).fail(number, thrownFor(decision));
  }

  /** The thread dies with all of its slots; another one replaces it at once, and its slots come up later. */
  die(thread: number, cause = new Error('died')): void {
    const orphans = this.thread(thread).die();
    const dead = this.startThread(thread);
    for (const slot of dead) slot.isUp = false;
    for (const slot of dead) slot.threadDied(orphans, cause);
  }

  /** The channel closes. The next one would count tags from 1; ours continue, so that they stay distinct. */
  loseChannel(): FakeEpoch {
    const gone = this.epoch;
    gone.isOpen = false;
    this.epoch = new FakeEpoch();
    this.flow.lose(gone, 'the channel was closed');
    return gone;
  }

  thread(thread: number): SteppedWorker {
    const worker = this.workers.get(thread);
    assert.ok(worker !== undefined, `there is no thread ${thread}`);
    return worker;
  }

  /** The slots that it serves. */
  private startThread(thread: number): readonly Slot[] {
    const slots = this.slots.filter((slot) => slot.thread === thread);
    this.workers.set(thread, new SteppedWorker(slots));
    return slots;
  }

  private workerOf(number: number): SteppedWorker {
    return this.thread(this.slot(number).thread);
  }
}

/** The error that stands for a decision of the consumer. */
function thrownFor(decision: ConsumerDecision): Error {
  if (decision.type === 'reject') return new Reject();
  assert.ok(decision.type === 'retry', 'no consumer throws that');
  return decision.delayMs === undefined ? new Retry() : new Retry({ delay: decision.delayMs });
}
