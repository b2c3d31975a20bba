import type { QueueReader, TakenMessage } from '../broker/index.js';

/** The part of a queue reader that the work on dead messages needs. */
export type OpenQueue = Pick<
  QueueReader,
  'queue' | 'count' | 'gone' | 'take' | 'remove' | 'settled' | 'hasArguments' | 'close'
>;

/** A queue that does not exist yet: the daemon declares `QUEUE.dead` when the first message of QUEUE dies. */
export class AbsentQueue implements OpenQueue {
  readonly queue: string;
  readonly count = 0;
  readonly gone: OpenQueue['gone'] = new AbortController().signal;

  constructor(queue: string) {
    this.queue = queue;
  }

  async *take(): AsyncGenerator<TakenMessage> {
    // Nothing to take.
  }

  remove(): boolean {
    return false;
  }

  async settled(): Promise<void> {
    // Nothing was answered.
  }

  async hasArguments(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    // Nothing was opened.
  }
}
