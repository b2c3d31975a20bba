/** Creates the queue unless it exists. @throws when the broker refuses or is down */
export type EnsureQueue = (queue: string, args: Readonly<Record<string, unknown>>) => Promise<void>;

/** Shares one request per queue: each opens a channel, and thousands of messages may fail at once. */
export function oncePerQueue(ensureQueue: EnsureQueue): EnsureQueue {
  const pending = new Map<string, Promise<void>>();
  return async (queue, args) => {
    const asked = pending.get(queue) ?? ensureQueue(queue, args).finally(() => pending.delete(queue));
    pending.set(queue, asked);
    await asked;
  };
}
