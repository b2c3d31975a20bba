import { setImmediate as turn } from 'node:timers/promises';
import { isRecord } from '../../bridge/index.js';
import { deferred, pause } from '../../timing/index.js';
import { type InspectorLink, inspectionFailed, type Reply } from './inspector-link.js';
import type { InspectedThread } from './thread-watch.js';

/**
 * One look at a worker thread by the inspector. Node.js hands a call to V8 as an interrupt, so JavaScript takes it at its
 * next loop turn or function call, also within a regular expression or `Atomics.wait`; an idle thread wakes for it. Code
 * outside JavaScript takes it when it returns.
 *
 *     open ── ask ──▶ open ── close, or the thread ends ──▶ closed (pending calls reject)
 */
export class WorkerInspector {
  private readonly link: InspectorLink;
  private readonly thread: InspectedThread;
  private readonly sessionId: string;
  private readonly closed = deferred<never>();
  private readonly onEnd = (): void => this.closed.reject(inspectionFailed('the thread ended'));

  /** @throws DispatcherError `INSPECTION_FAILED` when the thread has ended */
  constructor(link: InspectorLink, thread: InspectedThread) {
    this.link = link;
    this.thread = thread;
    this.closed.promise.catch(() => undefined);
    this.sessionId = link.listen(thread.worker.threadId, this.onEnd);
  }

  /** Calls a method. @throws DispatcherError `INSPECTION_FAILED` when it is refused, or the thread ends */
  async ask(method: string, params: Reply = {}): Promise<Reply> {
    // A call to a thread that is being freed would end the process.
    if (this.thread.isEnding()) throw inspectionFailed('the thread is ending');
    const answer = deferred<Reply>();
    this.link.send(this.sessionId, method, params, answer.resolve);
    const { error, result } = await this.unlessClosed(answer.promise);
    if (isRecord(error)) throw inspectionFailed(`Node.js refused ${method}: ${String(error['message'])}`);
    return isRecord(result) ? result : {};
  }

  /** Calls a method whose reply nobody needs. */
  tell(method: string): void {
    this.ask(method).catch(() => undefined);
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
    this.link.forget(this.sessionId, this.onEnd);
  }
}
