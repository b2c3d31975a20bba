import type { DeadLettersOptions } from '../../../dead/index.js';
import { refused } from '../refused.js';
import { Look } from './look.js';

const MOST_LOOKS = 3;

/** The newest copy of each of the three queues that somebody looked at last. */
export class Looks {
  private readonly byQueue = new Map<string, Look>();

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
    const look = await Look.take(options);
    if (signal.aborted) await look.drop();
    signal.throwIfAborted();
    this.byQueue.set(queue, look);
    const [oldest] = this.byQueue.keys();
    if (this.byQueue.size > MOST_LOOKS && oldest !== undefined) await this.drop(oldest);
    return look;
  }

  private find(queue: string, id: string): Look {
    const look = this.byQueue.get(queue);
    if (look?.id === id) return look;
    throw refused(`the daemon no longer keeps the copy of "${queue}" that you see: read the queue again`);
  }
}
