import type { Delivery } from '../../../src/dispatcher/delivery.js';
import type { Dispatch } from '../../../src/dispatcher/dispatch.js';
import { newSlot, type Slot } from '../../../src/dispatcher/slot.js';
import type { Orphan, WorkerSession } from '../../../src/pool/index.js';
import { type AnswerName, type ClaimId, ClaimTable, type Verdict, WorkerClaims } from '../../../src/protocol/index.js';

type Answer = Exclude<AnswerName, 'none'>;

const USED = ['offer', 'isOffered', 'revoke', 'lose', 'expire', 'holder', 'hasThread'] as const;

interface Handed {
  readonly slot: number;
  readonly claimId: ClaimId;
  readonly delivery: Delivery;
}

/**
 * A session without a thread: real claims, and a worker that does what the test tells it. What the worker says reaches
 * the dispatch at once.
 */
export class FakeSession {
  readonly claims = new ClaimTable(10_000);
  /** Lost while they ran, with the reason that their signals abort with. */
  readonly aborted: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  /** Those that took too long, with the reason that their signals abort with. */
  readonly expired: { readonly claimId: ClaimId; readonly reason: string }[] = [];
  private readonly worker = new WorkerClaims(this.claims.memory);
  private readonly queues = new Map<number, Handed[]>();
  private readonly running = new Map<number, readonly Handed[]>();
  private readonly handed = new Map<number, Handed>();

  offer(slot: number, delivery: Delivery): ClaimId {
    const handed = { slot, claimId: this.claims.offer(), delivery };
    this.handed.set(handed.claimId.cell, handed);
    this.queues.set(slot, [...(this.queues.get(slot) ?? []), handed]);
    return handed.claimId;
  }

  isOffered(claimId: ClaimId): boolean {
    return this.claims.isOffered(claimId);
  }

  revoke(claimId: ClaimId): boolean {
    if (!this.claims.revoke(claimId)) return false;
    this.release(claimId);
    return true;
  }

  lose(claimIds: readonly ClaimId[], reason: string): void {
    for (const claimId of claimIds) if (this.claims.lose(claimId)) this.aborted.push({ claimId, reason });
  }

  expire(claimId: ClaimId, reason: string): void {
    this.expired.push({ claimId, reason });
  }

  /** Each consumer waits for something: none has the thread to itself. */
  holder(): undefined {
    return undefined;
  }

  hasThread(): boolean {
    return false;
  }

  /** The worker begins the slot's next delivery, if it is free and has one. */
  begin(slot: number): Delivery | undefined {
    return this.beginBatch(slot, 1)[0];
  }

  /** The worker begins what the slot has, up to so many, if it is free. */
  beginBatch(slot: number, size: number): readonly Delivery[] {
    if (this.running.has(slot)) return [];
    const queue = this.queues.get(slot) ?? [];
    const begun: Handed[] = [];
    while (begun.length < size) {
      const next = queue.shift();
      if (next === undefined) break;
      if (this.worker.begin(next.claimId)) begun.push(next);
    }
    if (begun.length > 0) this.running.set(slot, begun);
    return begun.map(({ delivery }) => delivery);
  }

  isRunning(slot: number): boolean {
    return this.running.has(slot);
  }

  /** The running consumer answers, one of a batch. @returns false when all were lost, or answered before */
  answer(slot: number, answer: Answer, dispatch: Dispatch): boolean {
    const answered = this.running.get(slot)?.find(({ claimId }) => this.worker.answer(claimId));
    if (answered !== undefined) dispatch.settle(answered.delivery, answer);
    return answered !== undefined;
  }

  /** The running consumer fails one of its batch, and goes on. */
  failAlone(slot: number, error: Error, dispatch: Dispatch): boolean {
    const failed = this.running.get(slot)?.find(({ claimId }) => this.worker.answer(claimId));
    if (failed !== undefined) dispatch.failedAlone(failed.delivery, error);
    return failed !== undefined;
  }

  /** The running `consume` returns; without an answer that acks. */
  finish(slot: number, dispatch: Dispatch): void {
    this.end(slot, dispatch)?.();
  }

  /** The same, when the main thread has not heard of it yet: hears of it by what this returns. */
  end(slot: number, dispatch: Dispatch): (() => void) | undefined {
    const running = this.running.get(slot);
    if (running === undefined) return undefined;
    const answered = running.filter(({ claimId }) => this.worker.answer(claimId));
    this.running.delete(slot);
    return () => {
      for (const { delivery } of answered) dispatch.settle(delivery, 'ack');
      for (const { claimId, delivery } of running) {
        this.release(claimId);
        dispatch.finished(delivery);
      }
    };
  }

  /** The running `consume` throws. */
  fail(slot: number, error: Error, dispatch: Dispatch, verdict?: Verdict): void {
    const running = this.running.get(slot) ?? [];
    this.running.delete(slot);
    for (const { claimId, delivery } of running) {
      this.release(claimId);
      dispatch.failed(delivery, error, verdict);
    }
  }

  /** The thread dies; what was with it. */
  die(): readonly Orphan<Delivery>[] {
    const orphans = [...this.handed.values()].map(({ claimId, delivery }) => ({
      delivery,
      begun: !this.claims.isOffered(claimId) && !this.claims.isAnswered(claimId),
      isUnseen: this.claims.isOffered(claimId),
    }));
    this.handed.clear();
    this.queues.clear();
    this.running.clear();
    return orphans;
  }

  private release(claimId: ClaimId): void {
    this.handed.delete(claimId.cell);
    this.claims.close(claimId);
  }
}

/** A lane uses no more of a session than this. */
export function isSession(fake: object): fake is WorkerSession<Delivery> {
  return USED.every((method) => method in fake);
}

/** A slot on a thread. */
export function makeSlot(slot: number, thread: number, batchSize?: number): Slot {
  const spec = {
    slot,
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
  return newSlot(spec, thread);
}
