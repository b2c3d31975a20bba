import type { Logger } from 'pino';

/** Causes may form a circle. */
const MOST_CAUSES = 5;

/** Logs one line per lost connection: its channels close in one turn. */
export class LossLog {
  private readonly logger: Logger;
  private readonly running = new Map<string, number>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  note(queue: string, running: number, reason: string): void {
    if (this.running.size === 0) setImmediate(() => this.tell(reason));
    this.running.set(queue, (this.running.get(queue) ?? 0) + running);
  }

  private tell(reason: string): void {
    const queues = Object.fromEntries(this.running);
    const running = [...this.running.values()].reduce((sum, count) => sum + count, 0);
    this.running.clear();
    const what =
      running === 1 ? '1 running message lost its channel' : `${running} running messages lost their channel`;
    this.logger.warn({ code: 'DELIVERY_LOST', running, queues }, `${what} and will be redelivered: ${reason}`);
  }
}

/** True for a failure that follows from a lost channel. */
export function isOfLoss(error: Error): boolean {
  let cause: unknown = error;
  for (let depth = 0; depth <= MOST_CAUSES && cause instanceof Error; depth++) {
    if ('code' in cause && cause.code === 'DELIVERY_LOST') return true;
    if (cause.name === 'AbortError') return true;
    ({ cause } = cause);
  }
  return false;
}
