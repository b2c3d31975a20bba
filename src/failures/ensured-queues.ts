/** Makes sure that a queue exists. @throws when the broker refuses, or is away */
export type EnsureQueue = (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;

/** Asks once where many ask at a time: each time takes a channel, and thousands of messages may fail at one moment. */
export function askingOnce(ensureQueue: EnsureQueue): EnsureQueue {
  const pending = new Map<string, Promise<void>>();
  return async (queue, args) => {
    const asked = pending.get(queue) ?? ensureQueue(queue, args).finally(() => pending.delete(queue));
    pending.set(queue, asked);
    await asked;
  };
}
