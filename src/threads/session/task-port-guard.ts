import type { Piscina } from 'piscina';

/** What is used of Piscina's own record of a thread. Not a part of its interface: the version is pinned, a test holds it. */
interface WorkerInfo {
  readonly taskInfos: ReadonlyMap<unknown, unknown>;
  onMessage: (message: unknown) => void;
}

/**
 * Keeps what is no answer to a task away from Piscina. It takes whatever comes over its task port apart unseen, and throws
 * on the main thread over a `null`; user code in the thread can get hold of that port (`process._getActiveHandles`).
 */
export function guardTaskPorts(piscina: Piscina, note: (what: string) => void): void {
  piscina.on('workerCreate', (worker: unknown) => {
    const info = infoOf(worker);
    if (info === undefined) return;
    const pass = info.onMessage;
    info.onMessage = (message) => {
      if (isAnswer(message) && info.taskInfos.has(message.taskId)) pass(message);
      else note('a message that answers no task');
    };
  });
}

function infoOf(worker: unknown): WorkerInfo | undefined {
  if (typeof worker !== 'object' || worker === null) return undefined;
  return Object.getOwnPropertySymbols(worker)
    .map((key): unknown => Reflect.get(worker, key))
    .find(isWorkerInfo);
}

function isWorkerInfo(value: unknown): value is WorkerInfo {
  if (typeof value !== 'object' || value === null) return false;
  return 'taskInfos' in value && value.taskInfos instanceof Map && 'onMessage' in value;
}

function isAnswer(value: unknown): value is { readonly taskId: unknown } {
  return typeof value === 'object' && value !== null && 'taskId' in value;
}
