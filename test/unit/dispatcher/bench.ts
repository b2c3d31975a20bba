import assert from 'node:assert/strict';
import type { Delivery } from '../../../src/dispatcher/delivery.js';
import { DeliveryFeed } from '../../../src/dispatcher/delivery-events.js';
import { Dispatch, type DispatchOptions } from '../../../src/dispatcher/dispatch.js';
import type { Slot } from '../../../src/dispatcher/slot.js';
import type { Verdict } from '../../../src/protocol/index.js';
import { wireMessage } from '../../support/amqp/wire-message.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';
import { FakeSession, isSession, makeSlot } from './fake-session.js';

const EVENTS = [
  'received',
  'offered',
  'revoked',
  'answered',
  'failed',
  'judged',
  'held',
  'released',
  'lost',
  'takenBack',
] as const;

/** A dispatch with one slot for each entry of `threads`, on threads that do what the test tells them. */
export class Bench {
  readonly dispatch: Dispatch;
  readonly slots: readonly Slot[];
  /** Every event as `name tag`, in order. */
  readonly events: string[] = [];
  readonly sessions = new Map<number, FakeSession>();
  epoch = new FakeEpoch();
  /** What chance gives. */
  random = 0;
  /** The dispatch's clock. */
  nowMs = 0;
  private nextTag = 1;

  constructor(
    threads: readonly number[],
    options: Pick<
      DispatchOptions,
      'judge' | 'returns' | 'keyOf' | 'isStream' | 'rateLimit' | 'batch' | 'timeouts' | 'brokerTimeout'
    > = {},
  ) {
    this.slots = threads.map((thread, slot) => makeSlot(slot, thread, options.batch?.size));
    // The widest windows, unless a test says that the consumer is slow.
    for (const { window } of this.slots) window.note(0, 1);
    const feed = new DeliveryFeed();
    for (const name of EVENTS) {
      feed[name].on(({ delivery }: { delivery: Delivery }) =>
        this.events.push(`${name} ${delivery.message.deliveryTag}`),
      );
    }
    this.dispatch = new Dispatch({
      ...options,
      slots: this.slots,
      feed,
      nowMs: () => this.nowMs,
      random: () => this.random,
      session: ({ thread }) => {
        const session = this.thread(thread);
        assert.ok(isSession(session));
        return session;
      },
    });
  }

  receive(count = 1): void {
    for (let left = count; left > 0; left--) this.dispatch.receive(makeMessage(this.nextTag++), this.epoch);
  }

  /** One and the same message, come back; tells its tag. */
  receiveAgain(messageId = 'again'): number {
    const deliveryTag = this.nextTag++;
    this.dispatch.receive(wireMessage({ deliveryTag, redelivered: true, properties: { messageId } }), this.epoch);
    return deliveryTag;
  }

  /** One message for each of these routing keys. */
  receiveKeys(...keys: readonly string[]): void {
    for (const key of keys) this.dispatch.receive(makeMessage(this.nextTag++, key), this.epoch);
  }

  slot(number: number): Slot {
    const slot = this.slots[number];
    assert.ok(slot !== undefined, `there is no slot ${number}`);
    return slot;
  }

  /** The tags that are with a slot, in order. */
  tags(number: number): number[] {
    return [...this.slot(number).handed].map(({ message }) => message.deliveryTag);
  }

  begin(number: number): Delivery | undefined {
    return this.sessionOf(number).begin(number);
  }

  /** What a slot begins as its next batch; without batches that is one delivery. */
  beginNext(number: number): readonly Delivery[] {
    const { batchSize = 1 } = this.slot(number).spec;
    return this.sessionOf(number).beginBatch(number, batchSize);
  }

  /** The running consumer fails one of its batch, and goes on. */
  failAlone(number: number): boolean {
    return this.sessionOf(number).failAlone(number, new Error('alone'), this.dispatch);
  }

  isRunning(number: number): boolean {
    return this.sessionOf(number).isRunning(number);
  }

  answer(number: number, answer: 'ack' | 'nackRequeue' | 'nackDrop' | 'rejectRequeue' | 'rejectDrop'): boolean {
    return this.sessionOf(number).answer(number, answer, this.dispatch);
  }

  finish(number: number): void {
    this.sessionOf(number).finish(number, this.dispatch);
  }

  /** `consume` throws: as the worker tells it, the slot goes down right after. */
  fail(number: number): void {
    this.sessionOf(number).fail(number, new Error('thrown'), this.dispatch);
    this.dispatch.slotDown(this.slot(number));
  }

  /** The same with a verdict: the instance goes on. */
  decide(number: number, verdict: Verdict): void {
    this.sessionOf(number).fail(number, new Error('thrown'), this.dispatch, verdict);
  }

  /** The thread dies with all of its slots; another thread stands in at once, its slots come up later. */
  die(thread: number, cause = new Error('died')): void {
    const orphans = this.thread(thread).die();
    this.sessions.set(thread, new FakeSession());
    const dead = this.slots.filter((each) => each.thread === thread);
    for (const slot of dead) slot.up = false;
    for (const slot of dead) {
      const own = orphans.filter(({ delivery }) => delivery.handedTo?.slot === slot);
      this.dispatch.slotDied(slot, own, cause);
    }
  }

  /** The channel goes; the next one counts its tags anew, ours go on so that they stay distinct. */
  loseChannel(): FakeEpoch {
    const gone = this.epoch;
    gone.isOpen = false;
    this.epoch = new FakeEpoch();
    this.dispatch.lose(gone, 'the channel was closed');
    return gone;
  }

  thread(thread: number): FakeSession {
    const session = this.sessions.get(thread) ?? new FakeSession();
    this.sessions.set(thread, session);
    return session;
  }

  private sessionOf(number: number): FakeSession {
    return this.thread(this.slot(number).thread);
  }
}
