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
import { MetricRegistry } from '../metrics/metric-registry.js';

// Half a window keeps both threads busy.
const FULL_BATCH = 32 * REPORT_SIZE;

/** The main thread refuses larger batches. */
const FULL_COMMANDS = 256;

const MAX_HELD_MS = 1;

/**
 * Posts the worker's reports in batches: once per turn, when enough has piled up, or at once while consumers compute.
 */
export class Outbox {
  private readonly port: MessagePort;
  /** Of the consumers: their changes share the batches. */
  readonly metrics = new MetricRegistry(() => this.flush());
  private reports: number[] = [];
  private commands: Command[] = [];
  private readonly publishes = new PublishPacker();
  private scheduled = false;
  /** Numbers that earlier batches have taken. */
  private taken = 0;
  /** NaN while nothing is held. */
  private oldestAt = Number.NaN;
  private lookedAt = 0;
  /** Something computed while answers were held, in this turn and the last. */
  private computes = { now: false, before: false };

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** The mark lets `finish` flag the same report, if it is still here. */
  answer(claimId: ClaimId, code: AnswerCode): OutboxMark {
    const mark = this.taken + this.reports.length;
    this.push(claimId, code);
    return mark;
  }

  /** With its answer if it gave none. */
  finish(claimId: ClaimId, code: AnswerCode, mark = NO_MARK): void {
    if (mark < this.taken) return this.push(claimId, code | FINISHED);
    const at = mark - this.taken + REPORT_SIZE - 1;
    this.reports[at] = (this.reports[at] ?? 0) | FINISHED;
  }

  command(command: Command): void {
    this.commands.push(command);
    if (this.commands.length >= FULL_COMMANDS) this.flush();
    else this.schedule();
  }

  /** Copies the bytes. */
  publish(request: PublishRequest): void {
    this.publishes.add(request);
    if (this.publishes.isFull) this.flush();
    else this.schedule();
  }

  /** Call before user code. */
  flushIfHeld(now: number): void {
    if (now - this.oldestAt > MAX_HELD_MS) this.flush();
  }

  /**
   * For slow consumers: posts at once if consumers compute, because the batch would wait for them; otherwise a turn
   * shares a batch, because singly, each costs 12 microseconds more.
   */
  flushIfComputing(now: number): void {
    if (now - this.lookedAt > MAX_HELD_MS) this.computes.now = true;
    this.lookedAt = now;
    if (this.computes.now || this.computes.before) this.flush();
    else this.flushIfHeld(now);
  }

  flush(): void {
    this.oldestAt = Number.NaN;
    const metrics = this.metrics.takeDue();
    const isEmpty = this.reports.length === 0 && this.commands.length === 0 && this.publishes.isEmpty;
    if (isEmpty && metrics === undefined) return;
    const { reports, commands } = this;
    this.reports = [];
    this.commands = [];
    this.taken += reports.length;
    const more = metrics === undefined ? {} : { metrics };
    try {
      if (this.publishes.isEmpty) return this.post({ type: 'batch', reports, commands, ...more });
      const publishes = this.publishes.take();
      const batch: FromWorker = { type: 'batch', reports, commands, publishes, ...more };
      this.port.postMessage(batch, [publishes]);
    } catch (error) {
      // A logger flushes under user code, which may have exhausted the stack. The answers must not be lost.
      this.reports = reports;
      this.commands = commands;
      this.taken -= reports.length;
      throw error;
    }
  }

  /** Posts at once, after everything before it. */
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
    // A consumer that awaits its ack shares the batch.
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

/** The position of an answer among all numbers of reports. */
export type OutboxMark = number;

/** Of no answer. */
export const NO_MARK = -1;
