import assert from 'node:assert/strict';
import { pino } from 'pino';
import {
  ANSWER,
  type AnswerName,
  type ClaimId,
  type Command,
  type ConsumerDecision,
  DELIVERY_SIZE,
  FINISHED,
  type ToWorker,
  toErrorData,
  WorkerClaims,
} from '../../../src/bridge/index.js';
import { type Delivery, Slot, WINDOW } from '../../../src/dispatch/delivery.js';
import type { Orphan } from '../../../src/threads/index.js';
import { ThreadLink } from '../../../src/threads/session/thread-link.js';
import { Complaints } from '../../../src/threads/supervision/complaints.js';

type Answer = Exclude<AnswerName, 'none'>;

const unexpected = (): never => assert.fail('the worker has not said this');

/** A worker that the test controls, at the other end of a real link, which hears it at once. */
export class FakeWorker {
  readonly link: ThreadLink<Delivery>;
  /** Deliveries lost while they ran, with the reason of their signals. */
  readonly aborted: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  /** Deliveries that timed out, with the reason of their signals. */
  readonly expired: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  readonly claims: WorkerClaims;
  private readonly waiting = new Map<number, ClaimId[]>();
  private readonly running = new Map<number, readonly ClaimId[]>();

  /** @param slots the slots that it serves */
  constructor(slots: readonly Slot[]) {
    this.link = new ThreadLink({
      post: (message) => this.receive(message),
      slots: slots.map(({ spec }) => spec),
      window: WINDOW,
      events: { publish: unexpected, slotDown: unexpected, slotUp: unexpected, slotAwake: unexpected },
      complaints: new Complaints(pino({ level: 'warn' }, { write: (line) => assert.fail(line) }), 'the worker'),
    });
    this.claims = new WorkerClaims(this.link.claims.memory);
    for (const slot of slots) slot.link = this.link;
  }

  /** The worker begins the slot's next delivery, if it is free and has one. */
  begin(slot: number): Delivery | undefined {
    return this.beginBatch(slot, 1)[0];
  }

  /** The worker begins up to so many of the slot's deliveries, if it is free. */
  beginBatch(slot: number, size: number): readonly Delivery[] {
    if (this.running.has(slot)) return [];
    this.link.flush();
    const waiting = this.waiting.get(slot) ?? [];
    const begun: ClaimId[] = [];
    while (begun.length < size) {
      const next = waiting.shift();
      if (next === undefined) break;
      if (this.claims.begin(next)) begun.push(next);
    }
    if (begun.length > 0) this.running.set(slot, begun);
    return begun.map(({ cell, generation }) => this.link.claims.at(cell, generation) ?? assert.fail());
  }

  isRunning(slot: number): boolean {
    return this.running.has(slot);
  }

  /** The running consumer answers, or answers one of a batch. @returns false when all were lost or answered before */
  answer(slot: number, answer: Answer): boolean {
    const answered = this.running.get(slot)?.find((claimId) => this.claims.answer(claimId));
    if (answered !== undefined) this.say([answered.cell, answered.generation, ANSWER[answer]]);
    return answered !== undefined;
  }

  /** The running consumer fails one message of its batch, and goes on. */
  failAlone(slot: number, error: Error): boolean {
    const claimId = this.running.get(slot)?.find((each) => this.claims.answer(each));
    if (claimId !== undefined) this.say([], [{ type: 'failed', claimId, error: toErrorData(error), goesOn: true }]);
    return claimId !== undefined;
  }

  /** The running `consume` returns; without an answer that acks. */
  finish(slot: number): void {
    this.end(slot)?.();
  }

  /** The same before the main thread knows; call the result to tell it. */
  end(slot: number): (() => void) | undefined {
    const running = this.running.get(slot);
    if (running === undefined) return undefined;
    this.running.delete(slot);
    const reports = running.flatMap((claimId) => {
      const answer = this.claims.answer(claimId) ? ANSWER.ack : ANSWER.none;
      return [claimId.cell, claimId.generation, answer | FINISHED];
    });
    return () => this.say(reports);
  }

  /** The running `consume` throws. */
  fail(slot: number, thrown: Error, decision?: ConsumerDecision): void {
    const running = this.running.get(slot) ?? [];
    this.running.delete(slot);
    const error = toErrorData(thrown);
    this.say(
      [],
      running.map((claimId) => ({ type: 'failed', claimId, error, ...(decision !== undefined && { decision }) })),
    );
  }

  /** The thread dies. @returns its deliveries */
  die(): readonly Orphan<Delivery>[] {
    this.waiting.clear();
    this.running.clear();
    return this.link.abandon();
  }

  private receive(message: ToWorker): void {
    if (message.type === 'deliver') this.take(message.deliveries);
    else if (message.type === 'expire') this.expired.push(message);
    else if (message.type === 'lose') {
      this.aborted.push(...message.claimIds.map((claimId) => ({ claimId, reason: message.reason })));
    }
  }

  private take(deliveries: readonly number[]): void {
    for (let at = 0; at < deliveries.length; at += DELIVERY_SIZE) {
      const [slot = 0, cell = 0, generation = 0] = deliveries.slice(at, at + DELIVERY_SIZE);
      const waiting = this.waiting.get(slot) ?? [];
      waiting.push({ cell, generation });
      this.waiting.set(slot, waiting);
    }
  }

  private say(reports: readonly number[], commands: readonly Command[] = []): void {
    this.link.receive({ type: 'batch', reports, commands });
  }
}

/** A slot on a thread. */
export function makeSlot(slot: number, thread: number, batchSize?: number): Slot {
  const spec = {
    slot,
    path: 'consumers[0]',
    reference: { module: './consumer.js', exportName: null },
    consumer: './consumer.js',
    name: 'consumer',
    queue: 'q',
    consumerTag: 'tag',
    shutdownTimeoutMs: 1000,
    instance: slot,
    ...(batchSize !== undefined && { batchSize }),
    options: {},
  };
  return new Slot(spec, thread);
}
