import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Logger } from 'pino';
import { ConsumerError, messageOf } from '../errors/index.js';
import {
  assertNever,
  type ClaimId,
  type ClaimTable,
  type DeliveryHeads,
  fromErrorData,
  isFromWorker,
  LogCredit,
  type SlotSpec,
  type ToWorker,
  Vitals,
} from '../protocol/index.js';
import { deferred } from '../waiting/index.js';
import { AnswerVigil } from './answer-vigil.js';
import { Complaints } from './complaints.js';
import { type Deliverable, HandedDeliveries, type Orphan } from './handed-deliveries.js';
import type { SessionEvents } from './session-events.js';
import { hostFailure, startupFailure } from './session-failure.js';
import { SessionMail } from './session-mail.js';
import { SessionRelay } from './session-relay.js';
import { StartWatch } from './start-watch.js';

/** How long a dead thread is listened to. */
const LAST_WORDS_MS = 1_000;

export interface SessionOptions<Delivery extends Deliverable> {
  readonly thread: number;
  readonly slots: readonly SlotSpec[];
  /** Deliveries that may be handed to one slot at a time, if it does not take batches. */
  readonly window: number;
  readonly events: SessionEvents<Delivery>;
  readonly logger: Logger;
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
  readonly heads: DeliveryHeads;
  /** The heap figures that the thread noted last. */
  readonly vitals = new Vitals();
  readonly logCredit = new LogCredit();
  readonly start: StartWatch;
  private readonly port: MessagePort;
  private readonly events: SessionEvents<Delivery>;
  private readonly slots: ReadonlySet<number>;
  /** Segments of the message memory that the thread was told of. */
  private readonly segments = new Set<number>();
  private readonly handed: HandedDeliveries<Delivery>;
  private readonly started = deferred();
  private readonly hosted = deferred<readonly { slot: number; error: Error }[]>();
  private readonly ended = deferred();
  private readonly muted = deferred();
  private readonly vigil = new AnswerVigil();
  private readonly mail: SessionMail;
  private readonly relay: SessionRelay<Delivery>;
  private readonly complaints: Complaints;
  private open = true;
  private quitting = false;
  /** True once the thread runs this session: what comes before is no fault of user code. */
  hasBooted = false;

  constructor({ thread, slots, window, events, logger }: SessionOptions<Delivery>) {
    const { port1, port2 } = new MessageChannel();
    this.thread = thread;
    this.port = port1;
    this.workerPort = port2;
    this.events = events;
    this.slots = new Set(slots.map(({ slot }) => slot));
    this.mail = new SessionMail(port1, this.vigil);
    this.handed = new HandedDeliveries(slots.reduce((sum, { batchSize = window }) => sum + batchSize, 0));
    this.claims = this.handed.claims;
    this.heads = this.handed.heads;
    this.complaints = new Complaints(logger.child({ thread }), `worker thread ${thread}`);
    this.start = new StartWatch({ thread, logger, ask: () => this.post({ type: 'ask' }) });
    const { handed, mail, complaints } = this;
    this.relay = new SessionRelay({ handed, slots: this.slots, events, mail, complaints });
    this.port.on('message', (message: unknown) => this.receive(message));
    this.port.on('close', () => this.open && this.muted.resolve());
    for (const { promise } of [this.started, this.hosted, this.ended]) promise.catch(() => undefined);
  }

  /** Resolves when the thread can say nothing any more while it should: user code closed its port, or it just died. */
  whenMuted(): Promise<void> {
    return this.muted.promise;
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
  offer(slot: number, delivery: Delivery): ClaimId {
    const { room: segment } = delivery.message;
    if (!this.segments.has(segment.id)) {
      this.segments.add(segment.id);
      this.post({ type: 'segment', segment: { id: segment.id, memory: segment.memory } });
    }
    const claimId = this.handed.offer(delivery);
    this.mail.deliver(slot, claimId);
    return claimId;
  }

  /** No message will lie in this segment again. */
  forget(segment: number): void {
    if (this.segments.delete(segment)) this.post({ type: 'forget', id: segment });
  }

  /** True while the consumer has not begun the delivery. */
  isOffered(claimId: ClaimId): boolean {
    return this.claims.isOffered(claimId);
  }

  /** True while the consumer of this delivery has the thread to itself: nothing else can get on there. */
  hasThread(claimId: ClaimId): boolean {
    return this.claims.hasThread(claimId);
  }

  /** Names the delivery whose consumer has the thread to itself, if one has. */
  holder(): number | undefined {
    return this.claims.holder();
  }

  /** What runs on the thread, as far as it is known here. */
  running(): readonly Delivery[] {
    return this.handed.begun();
  }

  /** Takes a delivery back. False: the consumer has begun. */
  revoke(claimId: ClaimId): boolean {
    return this.handed.revoke(claimId);
  }

  /** The channel of these deliveries has gone: answers are refused from now on, and signals abort. */
  lose(claimIds: readonly ClaimId[], reason: string): void {
    const begun = claimIds.filter((claimId) => this.claims.lose(claimId));
    if (begun.length > 0) this.post({ type: 'lose', claimIds: begun, reason });
  }

  /** Aborts the signal of one delivery that takes too long; it can still be answered. */
  expire(claimId: ClaimId, reason: string): void {
    this.post({ type: 'expire', claimId, reason });
  }

  /** Aborts every signal. */
  abort(reason: string): void {
    this.post({ type: 'abort', reason });
  }

  /** Shuts the instances down, once, whoever asks; resolves when the thread has nothing left to say. */
  async quit(): Promise<void> {
    if (!this.quitting) {
      this.quitting = true;
      this.mail.flush();
      this.post({ type: 'quit' });
    }
    await this.ended.promise;
  }

  /** The thread is gone: rejects what was asked of it, and tells what was with it. */
  die(cause: Error): readonly Orphan<Delivery>[] {
    const error = new ConsumerError('WORKER_DIED', `worker thread ${this.thread} died: ${messageOf(cause)}`, { cause });
    // What the thread still said counts: an answer that was posted before the death is an answer. But one that logged
    // faster than we write may have left minutes of it: then what is not heard yet is delivered again.
    const until = performance.now() + LAST_WORDS_MS;
    while (performance.now() < until) {
      const left = receiveMessageOnPort(this.port);
      if (left === undefined) break;
      this.receive(left.message);
    }
    this.open = false;
    this.mail.close();
    this.port.close();
    for (const { reject } of [this.started, this.hosted, this.ended]) reject(error);
    return this.handed.orphan();
  }

  private receive(message: unknown): void {
    if (!isFromWorker(message)) return this.complaints.note('what is no message of its session');
    switch (message.type) {
      case 'batch':
        this.vigil.answered();
        return this.relay.receive(message);
      case 'log':
        this.events.log(message.line);
        return this.logCredit.give();
      case 'began':
        return this.start.began(message.step);
      case 'awake':
        return this.start.awake();
      case 'booted':
        this.hasBooted = true;
        return;
      case 'startup_done':
        return this.started.resolve();
      case 'startup_failed':
        return this.started.reject(startupFailure(message.error));
      case 'hosted':
        return this.hosted.resolve(
          message.failures
            .filter(({ slot }) => this.slots.has(slot))
            .map(({ slot, error }) => ({ slot, error: fromErrorData(error) })),
        );
      case 'host_failed':
        return this.hosted.reject(hostFailure(message.error));
      case 'ended':
        // Believed unasked, it would leave what is with the thread there for ever.
        if (!this.quitting) return this.complaints.note('the end of its session, unasked');
        this.open = false;
        this.mail.close();
        return this.ended.resolve();
      default:
        return assertNever(message);
    }
  }

  private post(message: ToWorker): void {
    if (this.open) this.port.postMessage(message);
  }
}
