import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ConsumerError } from '../errors/index.js';
import {
  type AnswerName,
  answerOf,
  assertNever,
  type Batch,
  ClaimTable,
  type Command,
  type FromWorker,
  fromErrorData,
  isFinished,
  type Publish,
  REPORT_SIZE,
  type ReceivedMessage,
  type SlotSpec,
  type Ticket,
  type ToWorker,
  toErrorData,
  Vitals,
} from '../protocol/index.js';
import { deferred } from '../waiting/index.js';
import { hostFailure, startupFailure } from './session-failure.js';
import { SessionMail } from './session-mail.js';

/** What a delivery must have to be handed to a thread. */
export interface Deliverable {
  readonly message: ReceivedMessage;
}

/** What a session tells; `settle` and `publish` are the two ports that the broker implements. */
export interface SessionEvents<Delivery extends Deliverable> {
  /** When a consumer answered; "none" never comes here. */
  settle(delivery: Delivery, answer: Exclude<AnswerName, 'none'>): void;
  /** When `consume` threw. The delivery is no longer with the thread. */
  failed(delivery: Delivery, error: Error): void;
  /** When `consume` ended well. The delivery is no longer with the thread. */
  finished(delivery: Delivery): void;
  /** When a consumer publishes; `delivery` is undefined once it has finished. */
  publish(delivery: Delivery | undefined, publish: Publish): Promise<void>;
  slotDown(slot: number): void;
  slotUp(slot: number): void;
  /** When a slot came across deliveries that were taken back from it: its thread is not blocked any more. */
  slotAwake(slot: number): void;
  log(line: string): void;
}

/** A delivery that was with a thread when it died. */
export interface Orphan<Delivery> {
  readonly delivery: Delivery;
  /** False: it was handed over and not begun, so it is innocent. */
  readonly begun: boolean;
}

/**
 * The main thread's side of one thread's service.
 *
 *     booting ── startUp ──▶ started ── host ──▶ serving ── quit ──▶ ended
 *     any ── the thread ends ──▶ died (every pending request rejects; `orphans` tells what was with it)
 */
export class WorkerSession<Delivery extends Deliverable> {
  readonly thread: number;
  /** The worker's end of the channel, for the session task. */
  readonly workerPort: MessagePort;
  readonly claims: ClaimTable;
  /** The heap figures that the thread noted last. */
  readonly vitals = new Vitals();
  private readonly port: MessagePort;
  private readonly events: SessionEvents<Delivery>;
  private readonly handed = new Map<number, { readonly ticket: Ticket; readonly delivery: Delivery }>();
  private readonly started = deferred();
  private readonly hosted = deferred<readonly { slot: number; error: Error }[]>();
  private readonly ended = deferred();
  private readonly mail: SessionMail;
  private open = true;

  /** @param capacity how many deliveries can be with the thread at one time */
  constructor(thread: number, capacity: number, events: SessionEvents<Delivery>) {
    const { port1, port2 } = new MessageChannel();
    this.thread = thread;
    this.port = port1;
    this.workerPort = port2;
    this.events = events;
    this.mail = new SessionMail(port1);
    this.claims = new ClaimTable(Math.max(1, capacity));
    this.port.on('message', (message: FromWorker) => this.receive(message));
    for (const { promise } of [this.started, this.hosted, this.ended]) promise.catch(() => undefined);
  }

  /** Runs the startup handler. @throws ConsumerError `STARTUP_FAILED`, `WORKER_DIED` */
  startUp(): Promise<void> {
    this.post({ type: 'startup' });
    return this.started.promise;
  }

  /** Loads the classes and makes the instances; tells which constructors threw (they are tried again). */
  host(slots: readonly SlotSpec[]): Promise<readonly { slot: number; error: Error }[]> {
    this.post({ type: 'host', slots });
    return this.hosted.promise;
  }

  /** Hands a delivery over; it is posted at the end of this turn's work, together with its neighbours. */
  offer(slot: number, delivery: Delivery): Ticket {
    const ticket = this.claims.offer();
    this.handed.set(ticket.cell, { ticket, delivery });
    this.mail.deliver({ slot, ticket, message: delivery.message });
    return ticket;
  }

  /** True while the consumer has not begun the delivery. */
  isOffered(ticket: Ticket): boolean {
    return this.claims.isOffered(ticket);
  }

  /** Takes a delivery back. False: the consumer has begun. */
  revoke(ticket: Ticket): boolean {
    if (!this.claims.revoke(ticket)) return false;
    this.release(ticket);
    return true;
  }

  /** The channel of these deliveries has gone: answers are refused from now on, and signals abort. */
  lose(tickets: readonly Ticket[], reason: string): void {
    const begun = tickets.filter((ticket) => this.claims.lose(ticket));
    if (begun.length > 0) this.post({ type: 'lose', tickets: begun, reason });
  }

  /** Aborts every signal. */
  abort(reason: string): void {
    this.post({ type: 'abort', reason });
  }

  /** Shuts the instances down; resolves when the thread has nothing left to say. */
  async quit(): Promise<void> {
    this.mail.flush();
    this.post({ type: 'quit' });
    await this.ended.promise;
  }

  /** The thread is gone: rejects what was asked of it, and tells what was with it. */
  die(cause: Error): readonly Orphan<Delivery>[] {
    const error = new ConsumerError('WORKER_DIED', `worker thread ${this.thread} died: ${cause.message}`, { cause });
    // What the thread still said counts: an answer that was posted before the death is an answer.
    for (let left = receiveMessageOnPort(this.port); left !== undefined; left = receiveMessageOnPort(this.port)) {
      this.receive(left.message);
    }
    this.open = false;
    this.mail.close();
    this.port.close();
    for (const { reject } of [this.started, this.hosted, this.ended]) reject(error);
    const orphans = [...this.handed.values()].map(({ ticket, delivery }) => ({
      delivery,
      begun: !this.claims.isOffered(ticket),
    }));
    this.handed.clear();
    return orphans;
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'batch':
        return this.receiveBatch(message);
      case 'log':
        return this.events.log(message.line);
      case 'booted':
        return;
      case 'startup_done':
        return this.started.resolve();
      case 'startup_failed':
        return this.started.reject(startupFailure(message.error));
      case 'hosted':
        return this.hosted.resolve(message.failures.map(({ slot, error }) => ({ slot, error: fromErrorData(error) })));
      case 'host_failed':
        return this.hosted.reject(hostFailure(message.error));
      case 'ended':
        this.open = false;
        this.mail.close();
        return this.ended.resolve();
      default:
        return assertNever(message);
    }
  }

  private receiveBatch({ reports, commands }: Batch): void {
    for (let index = 0; index < reports.length; index += REPORT_SIZE) {
      const [cell = 0, generation = 0, code = 0] = [reports[index], reports[index + 1], reports[index + 2]];
      const delivery = this.handedAt({ cell, generation });
      if (delivery === undefined) continue;
      const answer = answerOf(code);
      if (answer !== 'none') this.events.settle(delivery, answer);
      if (!isFinished(code)) continue;
      this.release({ cell, generation });
      this.events.finished(delivery);
    }
    for (const command of commands) this.obey(command);
  }

  private obey(command: Command): void {
    switch (command.type) {
      case 'failed': {
        const delivery = this.handedAt(command.ticket);
        if (delivery === undefined) return;
        this.release(command.ticket);
        return this.events.failed(delivery, fromErrorData(command.error));
      }
      case 'publish':
        this.events.publish(this.handedAt(command.ticket), command.publish).then(
          () => this.mail.reply({ requestId: command.requestId, ok: true }),
          (error: unknown) => this.mail.reply({ requestId: command.requestId, ok: false, error: toErrorData(error) }),
        );
        return;
      case 'slot_down':
        return this.events.slotDown(command.slot);
      case 'slot_awake':
        return this.events.slotAwake(command.slot);
      case 'slot_up':
        return this.events.slotUp(command.slot);
      default:
        return assertNever(command);
    }
  }

  private handedAt({ cell, generation }: Ticket): Delivery | undefined {
    const handed = this.handed.get(cell);
    return handed?.ticket.generation === generation ? handed.delivery : undefined;
  }

  private release(ticket: Ticket): void {
    this.handed.delete(ticket.cell);
    this.claims.close(ticket);
  }

  private post(message: ToWorker): void {
    if (this.open) this.port.postMessage(message);
  }
}
