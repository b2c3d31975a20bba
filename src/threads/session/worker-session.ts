import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Logger } from 'pino';
import {
  assertNever,
  fromErrorData,
  isFromWorker,
  LogCredit,
  type SlotSpec,
  type ToWorker,
  Vitals,
} from '../../bridge/index.js';
import { ConsumerError, messageOf } from '../../errors/index.js';
import { deferred } from '../../timing/index.js';
import { Complaints } from '../supervision/complaints.js';
import type { SessionEvents } from './session-events.js';
import { hostFailure, startupFailure } from './session-failure.js';
import { StartWatch } from './start-watch.js';
import { type Deliverable, type Orphan, ThreadLink } from './thread-link.js';

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
 *     booting ── startUp ──▶ started ── host ──▶ serving ── stop ──▶ ended
 *     any ── the thread ends ──▶ died (every pending request rejects; what was with it is told)
 */
export class WorkerSession<Delivery extends Deliverable> {
  readonly thread: number;
  /** The worker's end of the channel, for the session task. */
  readonly workerPort: MessagePort;
  /** What goes to the thread's slots, and comes back from them. */
  readonly link: ThreadLink<Delivery>;
  /** The heap figures that the thread noted last. */
  readonly vitals = new Vitals();
  readonly logCredit = new LogCredit();
  readonly start: StartWatch;
  private readonly port: MessagePort;
  private readonly events: SessionEvents<Delivery>;
  private readonly slots: ReadonlySet<number>;
  private readonly started = deferred();
  private readonly hosted = deferred<readonly { slot: number; error: Error }[]>();
  private readonly ended = deferred();
  private readonly muted = deferred();
  private readonly complaints: Complaints;
  private open = true;
  private stopping = false;
  /** True once the thread runs this session: what comes before is no fault of user code. */
  hasBooted = false;

  constructor({ thread, slots, window, events, logger }: SessionOptions<Delivery>) {
    const { port1, port2 } = new MessageChannel();
    this.thread = thread;
    this.port = port1;
    this.workerPort = port2;
    this.events = events;
    this.slots = new Set(slots.map(({ slot }) => slot));
    this.complaints = new Complaints(logger.child({ thread }), `worker thread ${thread}`);
    const post = (message: ToWorker): void => this.post(message);
    this.link = new ThreadLink({ post, slots, window, events, complaints: this.complaints });
    this.start = new StartWatch({ thread, logger, ask: () => this.post({ type: 'ask' }) });
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

  /** Aborts every signal. */
  abort(reason: string): void {
    this.post({ type: 'abort', reason });
  }

  /** Shuts the instances down, once, whoever asks; resolves when the thread has nothing left to say. */
  async stop(): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      this.link.flush();
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
    this.port.close();
    for (const { reject } of [this.started, this.hosted, this.ended]) reject(error);
    return this.link.abandon();
  }

  private receive(message: unknown): void {
    if (!isFromWorker(message)) return this.complaints.note('a message that its session does not know');
    switch (message.type) {
      case 'batch':
        return this.link.receive(message);
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
        if (!this.stopping) return this.complaints.note('the end of its session without being asked');
        this.open = false;
        return this.ended.resolve();
      default:
        return assertNever(message);
    }
  }

  private post(message: ToWorker): void {
    if (this.open) this.port.postMessage(message);
  }
}
