import type { Session } from 'node:inspector';
import { setImmediate as turn } from 'node:timers/promises';
import { isRecord } from '../../bridge/index.js';
import { DispatcherError, messageOf } from '../../errors/index.js';
import { deferred, pause } from '../../timing/index.js';

/** The result of a method. */
export type Reply = Readonly<Record<string, unknown>>;

/** Node.js puts the `threadId` only into the title: `workerId` counts attachments. */
const TITLE = /^\[worker (\d+)\]/;

/**
 * An inspector session of the main thread with one worker thread. Node.js hands a call to V8 as an interrupt, so JavaScript
 * takes it at its next loop turn or function call, also within a regular expression or `Atomics.wait`; an idle thread wakes
 * for it. Code outside JavaScript takes it when it returns. Nothing is enabled before `open` or after `close`.
 *
 *     open ── ask ──▶ open ── close, or the thread ends ──▶ closed (pending calls reject)
 */
export class WorkerInspector {
  private readonly session: Session;
  private readonly threadId: number;
  private readonly closed = deferred<never>();
  private readonly waiting = new Map<number, (message: Reply) => void>();
  private readonly onAttached = deferred<true>();
  private sessionId: string | undefined;
  private lastId = 0;

  private constructor(session: Session, threadId: number) {
    this.session = session;
    this.threadId = threadId;
    this.closed.promise.catch(() => undefined);
    session.on('NodeWorker.attachedToWorker', ({ params }) => this.attached(params.workerInfo.title, params.sessionId));
    session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      if (params.sessionId === this.sessionId) this.closed.reject(inspectionFailed('the thread ended'));
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === this.sessionId) this.receive(params.message);
    });
  }

  /**
   * Attaches to a thread; a thread that computes need not take part.
   * @throws DispatcherError `INSPECTION_FAILED`
   */
  static async open(threadId: number, withinMs: number): Promise<WorkerInspector> {
    const inspector = new WorkerInspector(await connect(), threadId);
    try {
      inspector.session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
      await inspector.within(withinMs, inspector.onAttached.promise);
      if (inspector.sessionId === undefined) throw inspectionFailed('the thread has ended, or is starting');
      return inspector;
    } catch (error) {
      inspector.close();
      throw error;
    }
  }

  /** Calls a method. @throws DispatcherError `INSPECTION_FAILED` when it is refused, or the thread ends */
  async ask(method: string, params: Reply = {}): Promise<Reply> {
    const answer = deferred<Reply>();
    const id = ++this.lastId;
    this.waiting.set(id, answer.resolve);
    this.post('NodeWorker.sendMessageToWorker', { message: JSON.stringify({ id, method, params }) });
    const { error, result } = await this.unlessClosed(answer.promise);
    if (isRecord(error)) throw inspectionFailed(`Node.js refused ${method}: ${String(error['message'])}`);
    return isRecord(result) ? result : {};
  }

  /**
   * Returns undefined if the work outlasts the time; it goes on.
   * @throws as the work, or DispatcherError `INSPECTION_FAILED` when the thread ends
   */
  async within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
    const isOver = new AbortController();
    // Timers run before sockets and ports: a reply may have come while the main thread was busy.
    const late = pause(ms, isOver.signal).then(() => turn(undefined));
    try {
      return await this.unlessClosed(Promise.race([work, late]));
    } finally {
      isOver.abort();
    }
  }

  /** Settles with the work, or rejects when the thread ends first. */
  unlessClosed<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.closed.promise]);
  }

  close(): void {
    this.closed.reject(inspectionFailed('the inspection has ended'));
    try {
      this.session.post('NodeWorker.disable');
    } finally {
      this.session.disconnect();
    }
  }

  private attached(title: string, sessionId: string): void {
    if (Number(TITLE.exec(title)?.[1]) === this.threadId) {
      this.sessionId = sessionId;
      this.onAttached.resolve(true);
    } else {
      // Node.js attaches to every thread of the process, new ones included.
      this.session.post('NodeWorker.detach', { sessionId }, () => undefined);
    }
  }

  private post(method: 'NodeWorker.sendMessageToWorker', { message }: { readonly message: string }): void {
    const { sessionId = '' } = this;
    // The callback takes the error for a thread that has just ended.
    this.session.post(method, { sessionId, message }, () => undefined);
  }

  private receive(text: string): void {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message) || typeof message['id'] !== 'number') return;
    this.waiting.get(message['id'])?.(message);
    this.waiting.delete(message['id']);
  }
}

/** An error of an inspection. */
export function inspectionFailed(why: string, cause?: unknown): DispatcherError {
  return new DispatcherError('INSPECTION_FAILED', why, { cause });
}

/** Loaded at the first inspection; Node.js may be built without it, or `--permission` may deny it. */
async function connect(): Promise<Session> {
  try {
    const inspector = await import('node:inspector');
    const session = new inspector.Session();
    session.connect();
    return session;
  } catch (error) {
    throw inspectionFailed(`this Node.js has no inspector: ${messageOf(error)}`, error);
  }
}
