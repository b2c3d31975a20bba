import type { Session } from 'node:inspector';
import { isRecord } from '../../bridge/index.js';
import { DispatcherError, messageOf } from '../../errors/index.js';

/** The result of a method. */
export type Reply = Readonly<Record<string, unknown>>;

type OnReply = (message: Reply) => void;
type OnEnd = () => void;

/** Node.js puts the `threadId` only into the title: `workerId` counts attachments. */
const TITLE = /^\[worker (\d+)\]/;

/**
 * The inspector's session with every worker thread of the process. It is opened once, before the first thread: Node.js
 * attaches to all threads at once, and dies (SIGSEGV, SIGABRT; 20 to 24) if it meets one that is being freed. Threads that
 * start later are attached as they start. An attached session in which nothing is enabled costs the thread nothing.
 *
 *     closed ── open ──▶ open ── close ──▶ closed
 */
export class InspectorLink {
  private session: Session | undefined;
  /** Why there is no session. */
  private fault = 'the daemon is starting or has stopped';
  private readonly sessionIds = new Map<number, string>();
  private readonly listeners = new Map<string, Set<OnEnd>>();
  private readonly waiting = new Map<number, { readonly sessionId: string; readonly onReply: OnReply }>();
  private lastId = 0;

  /** Never rejects: Node.js may be built without an inspector, or `--permission` may deny it. */
  async open(): Promise<void> {
    try {
      const inspector = await import('node:inspector');
      const session = new inspector.Session();
      session.connect();
      session.on('NodeWorker.attachedToWorker', ({ params }) =>
        this.attached(params.workerInfo.title, params.sessionId),
      );
      session.on('NodeWorker.detachedFromWorker', ({ params }) => this.detached(params.sessionId));
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => this.receive(params.message));
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
      this.session = session;
    } catch (error) {
      this.fault = `this Node.js has no inspector: ${messageOf(error)}`;
    }
  }

  close(): void {
    this.session?.disconnect();
    this.session = undefined;
  }

  /**
   * Listens to the end of a thread; returns its session.
   * @throws DispatcherError `INSPECTION_FAILED`
   */
  listen(threadId: number, onEnd: OnEnd): string {
    if (this.session === undefined) throw inspectionFailed(this.fault);
    const sessionId = this.sessionIds.get(threadId);
    if (sessionId === undefined) throw inspectionFailed('the thread has ended, or is starting');
    this.listeners.get(sessionId)?.add(onEnd);
    return sessionId;
  }

  forget(sessionId: string, onEnd: OnEnd): void {
    this.listeners.get(sessionId)?.delete(onEnd);
  }

  /** The reply may come before this returns. */
  send(sessionId: string, method: string, params: Reply, onReply: OnReply): void {
    const id = ++this.lastId;
    this.waiting.set(id, { sessionId, onReply });
    const message = JSON.stringify({ id, method, params });
    // The callback takes the error for a thread that has just ended.
    this.session?.post('NodeWorker.sendMessageToWorker', { sessionId, message }, () => undefined);
  }

  private attached(title: string, sessionId: string): void {
    this.sessionIds.set(Number(TITLE.exec(title)?.[1]), sessionId);
    this.listeners.set(sessionId, new Set());
  }

  private detached(sessionId: string): void {
    for (const [threadId, known] of this.sessionIds) if (known === sessionId) this.sessionIds.delete(threadId);
    const listeners = this.listeners.get(sessionId) ?? [];
    this.listeners.delete(sessionId);
    for (const onEnd of listeners) onEnd();
    for (const [id, call] of this.waiting) if (call.sessionId === sessionId) this.waiting.delete(id);
  }

  private receive(text: string): void {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message) || typeof message['id'] !== 'number') return;
    this.waiting.get(message['id'])?.onReply(message);
    this.waiting.delete(message['id']);
  }
}

/** An error of an inspection. */
export function inspectionFailed(why: string, cause?: unknown): DispatcherError {
  return new DispatcherError('INSPECTION_FAILED', why, { cause });
}
