import type { DeadLettersOptions } from '../../../dead/index.js';
import { refused } from '../refused.js';
import { Look } from './look.js';

const MOST_LOOKS = 3;

/** The newest copy of each of up to three queues that somebody looked at last, as long as they fit into the memory. */
export class Looks {
  private readonly byQueue = new Map<string, Look>();
  private readonly mostBytes: number;
  /** Promised to copies that are being made. */
  private promisedBytes = 0;

  /** @param mostBytes heap of all copies together; one may have half of it */
  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /**
   * Works with a copy of a queue: the named one, or a new one.
   * @throws DispatcherError `CONTROL_REFUSED` if the named copy is gone; BrokerError
   */
  async use<Result>(
    options: DeadLettersOptions,
    named: string | null,
    work: (look: Look) => Promise<Result>,
  ): Promise<Result> {
    const look = named === null ? await this.take(options) : this.find(options.queue, named);
    return look.use(work);
  }

  async drop(queue: string): Promise<void> {
    const look = this.byQueue.get(queue);
    this.byQueue.delete(queue);
    await look?.drop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.byQueue.keys()].map((queue) => this.drop(queue)));
  }

  private async take(options: DeadLettersOptions): Promise<Look> {
    const { queue, signal } = options;
    await this.drop(queue);
    // Half of the rest for each, so that queues that are read at the same time never have more than all.
    const bytes = (this.mostBytes - this.promisedBytes) / 2;
    this.promisedBytes += bytes;
    try {
      await this.dropUntil(() => this.keptBytes() + this.promisedBytes <= this.mostBytes);
      const look = await Look.take(options, bytes);
      if (signal.aborted) await look.drop();
      signal.throwIfAborted();
      this.byQueue.set(queue, look);
      await this.dropUntil(() => this.byQueue.size <= MOST_LOOKS);
      return look;
    } finally {
      this.promisedBytes -= bytes;
    }
  }

  /** Drops the oldest first. */
  private async dropUntil(isEnough: () => boolean): Promise<void> {
    for (const queue of this.byQueue.keys()) {
      if (isEnough()) return;
      await this.drop(queue);
    }
  }

  private keptBytes(): number {
    return [...this.byQueue.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private find(queue: string, id: string): Look {
    const look = this.byQueue.get(queue);
    if (look?.id === id) return look;
    throw refused(`the daemon no longer keeps the copy of "${queue}" that you see: read the queue again`);
  }
}
