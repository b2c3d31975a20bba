import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import {
  type AnswerCode,
  type ClaimId,
  type Command,
  FINISHED,
  type FromWorker,
  PublishPacker,
  type PublishRequest,
  REPORT_SIZE,
} from '../../src/bridge/index.js';

/**
 * Collects what the worker has to say and posts it in batches: once a turn of the event loop, when enough has piled up,
 * or at once when the consumers compute for so long that a batch would only add latency.
 */

// The main thread refills a slot's window on these reports: half a window keeps both threads busy.
const FULL_BATCH = 32 * REPORT_SIZE;

/** A batch that fails has a command for each message; the main thread takes only so many entries at a time. */
const FULL_COMMANDS = 256;

/** An answer held back for longer than this is sent before the next message begins. */
const MAX_HELD_MS = 1;

export class Outbox {
  private readonly port: MessagePort;
  private reports: number[] = [];
  private commands: Command[] = [];
  private readonly publishes = new PublishPacker();
  private scheduled = false;
  private batch = 0;
  /** When the first of what is held back came; NaN while there is nothing. */
  private oldestAt = Number.NaN;
  /** When this turn was last seen to get on. */
  private lookedAt = 0;
  /** In this turn, or in the one before, something computed while answers were held back. */
  private computes = { now: false, before: false };

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** Reports an answer; the mark lets `finish` add its flag to the same report while it is still here. */
  answer(claimId: ClaimId, code: AnswerCode): OutboxMark {
    const mark = { batch: this.batch, index: this.reports.length };
    this.push(claimId, code);
    return mark;
  }

  /** Reports that `consume` has ended, with its answer if it was not given before. */
  finish(claimId: ClaimId, code: AnswerCode, mark?: OutboxMark): void {
    if (mark !== undefined && mark.batch === this.batch) {
      const at = mark.index + REPORT_SIZE - 1;
      this.reports[at] = (this.reports[at] ?? 0) | FINISHED;
      return;
    }
    this.push(claimId, code | FINISHED);
  }

  command(command: Command): void {
    this.commands.push(command);
    if (this.commands.length >= FULL_COMMANDS) this.flush();
    else this.schedule();
  }

  /** Asks for a publish; its bytes are copied before this returns. */
  publish(request: PublishRequest): void {
    this.publishes.add(request);
    if (this.publishes.isFull) this.flush();
    else this.schedule();
  }

  /** Posts what has been held for too long; called before user code that may take its time. */
  flushIfHeld(now: number): void {
    if (now - this.oldestAt > MAX_HELD_MS) this.flush();
  }

  /**
   * For the answers and publishes of slow consumers: posts at once where consumers compute, and what is held back would
   * wait for the next one. Where they only wait, for a confirm perhaps, those of a turn share a batch as usual: one by one
   * they cost 12 microseconds more each.
   */
  flushIfComputing(now: number): void {
    if (now - this.lookedAt > MAX_HELD_MS) this.computes.now = true;
    this.lookedAt = now;
    if (this.computes.now || this.computes.before) this.flush();
    else this.flushIfHeld(now);
  }

  flush(): void {
    this.oldestAt = Number.NaN;
    if (this.reports.length === 0 && this.commands.length === 0 && this.publishes.isEmpty) return;
    const { reports, commands } = this;
    this.reports = [];
    this.commands = [];
    this.batch++;
    if (this.publishes.isEmpty) return this.post({ type: 'batch', reports, commands });
    const publishes = this.publishes.take();
    const batch: FromWorker = { type: 'batch', reports, commands, publishes };
    this.port.postMessage(batch, [publishes]);
  }

  /** Posts a message that is never held back, behind everything said before it. */
  postNow(message: FromWorker): void {
    this.flush();
    this.post(message);
  }

  private push(claimId: ClaimId, code: number): void {
    this.reports.push(claimId.cell, claimId.generation, code);
    if (this.reports.length >= FULL_BATCH) this.flush();
    else this.schedule();
  }

  private schedule(): void {
    if (Number.isNaN(this.oldestAt)) this.oldestAt = performance.now();
    if (this.scheduled) return;
    this.scheduled = true;
    this.lookedAt = this.oldestAt;
    // After the promises of this turn: a consumer that awaits its ack shares the batch with its neighbours.
    setImmediate(() => this.endTurn());
  }

  private endTurn(): void {
    this.scheduled = false;
    this.computes = { now: false, before: this.computes.now || performance.now() - this.lookedAt > MAX_HELD_MS };
    this.flush();
  }

  private post(message: FromWorker): void {
    this.port.postMessage(message);
  }
}

/** Where an answer stands in the outbox. */
export interface OutboxMark {
  readonly batch: number;
  readonly index: number;
}
