import type { Piscina } from 'piscina';

/** Not public: the version is pinned, and a test checks it. */
interface WorkerInfo {
  readonly taskInfos: ReadonlyMap<unknown, unknown>;
  onMessage: (message: unknown) => void;
}

/**
 * Keeps messages that answer no task from Piscina, which throws on the main thread over a `null`. User code can reach
 * its port (`process._getActiveHandles`).
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
