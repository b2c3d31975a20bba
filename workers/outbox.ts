import type { MessagePort } from 'node:worker_threads';
import {
  type AnswerCode,
  type Command,
  FINISHED,
  type FromWorker,
  PublishPacker,
  type PublishRequest,
  REPORT_SIZE,
  type Ticket,
} from '../src/protocol/index.js';

/**
 * Collects what the worker has to say and posts it in batches: once a turn of the event loop, when enough has piled up,
 * or at once when the consumer is slow enough that a batch would only add latency.
 */

// The main thread refills a slot's window on these reports: half a window keeps both threads busy.
const FULL_BATCH = 32 * REPORT_SIZE;

/** An answer held back for longer than this is sent before the next message begins. */
const MAX_HELD_MS = 1;

export class Outbox {
  private readonly port: MessagePort;
  private reports: number[] = [];
  private commands: Command[] = [];
  private readonly publishes = new PublishPacker();
  private scheduled = false;
  private batch = 0;
  private oldestAt = 0;

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** Reports an answer; the mark lets `finish` add its flag to the same report while it is still here. */
  answer(ticket: Ticket, code: AnswerCode): OutboxMark {
    const mark = { batch: this.batch, index: this.reports.length };
    this.push(ticket, code);
    return mark;
  }

  /** Reports that `consume` has ended, with its answer if it was not given before. */
  finish(ticket: Ticket, code: AnswerCode, mark?: OutboxMark): void {
    if (mark !== undefined && mark.batch === this.batch) {
      const at = mark.index + REPORT_SIZE - 1;
      this.reports[at] = (this.reports[at] ?? 0) | FINISHED;
      return;
    }
    this.push(ticket, code | FINISHED);
  }

  command(command: Command): void {
    this.commands.push(command);
    this.schedule();
  }

  /** Asks for a publish; its bytes are copied before this returns. */
  publish(request: PublishRequest): void {
    this.publishes.add(request);
    if (this.publishes.isFull) this.flush();
    else this.schedule();
  }

  /** Posts what has been held for too long; called before user code that may take its time. */
  flushIfHeld(now: number): void {
    if (this.scheduled && now - this.oldestAt > MAX_HELD_MS) this.flush();
  }

  flush(): void {
    this.scheduled = false;
    if (this.reports.length === 0 && this.commands.length === 0 && this.publishes.isEmpty) return;
    const { reports, commands } = this;
    this.reports = [];
    this.commands = [];
    this.batch++;
    if (this.publishes.isEmpty) return this.post({ type: 'batch', reports, commands });
    const publishes = this.publishes.take();
    this.post({ type: 'batch', reports, commands, publishes }, [publishes]);
  }

  /** Posts a message that is never held back, behind everything said before it. */
  postNow(message: FromWorker): void {
    this.flush();
    this.post(message);
  }

  private push(ticket: Ticket, code: number): void {
    this.reports.push(ticket.cell, ticket.generation, code);
    if (this.reports.length >= FULL_BATCH) this.flush();
    else this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.oldestAt = performance.now();
    // After the promises of this turn: a consumer that awaits its ack shares the batch with its neighbours.
    setImmediate(() => this.flush());
  }

  private post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

/** Where an answer stands in the outbox. */
export interface OutboxMark {
  readonly batch: number;
  readonly index: number;
}
