import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';

export interface SteadyLoad {
  readonly url: string;
  readonly queue: string;
  readonly messages: number;
  readonly perSecond: number;
  readonly bodyBytes: number;
}

/**
 * Publishes at a steady rate and waits for nothing: the schedule alone sets the times, so a slow consumer gets no pause. Resolves
 * with the time of each publish on the machine's monotonic clock.
 */
export async function publishSteadily({ url, queue, messages, perSecond, bodyBytes }: SteadyLoad): Promise<number[]> {
  const connection = await connect(url, { noDelay: true });
  const sentAtMs: number[] = [];
  try {
    const channel = await connection.createChannel();
    const body = Buffer.alloc(bodyBytes, 'x');
    const startedAt = performance.now();
    for (let number = 0; number < messages; number++) {
      const due = startedAt + (number * 1000) / perSecond;
      while (performance.now() < due) await sleep(due - performance.now());
      // The actual time, not the due one: a late timer here is not the latency of a contestant.
      sentAtMs.push(monotonicMs());
      channel.sendToQueue(queue, body, { persistent: false });
    }
    await channel.close();
  } finally {
    await connection.close();
  }
  return sentAtMs;
}

/** Not performance.now(), whose zero is the start of each process. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
