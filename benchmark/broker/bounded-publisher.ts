import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';

export interface BoundedLoad {
  readonly url: string;
  readonly queue: string;
  readonly messages: number;
  readonly bodyBytes: number;
  /** Publishes no more while so many wait at the broker: it would page them out, and be measured for that. */
  readonly mostWaiting: number;
}

const BURST = 2_000;
const LOOK_EVERY_MS = 5;

/** Publishes while others consume, as fast as they take it. */
export async function publishBounded({ url, queue, messages, bodyBytes, mostWaiting }: BoundedLoad): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    const body = Buffer.alloc(bodyBytes, 'x');
    for (let sent = 0; sent < messages; ) {
      const burst = Math.min(BURST, messages - sent);
      for (let number = 0; number < burst; number++) channel.sendToQueue(queue, body, { persistent: false });
      sent += burst;
      // The answer comes behind the burst: it is a barrier, too.
      while ((await channel.checkQueue(queue)).messageCount > mostWaiting) await sleep(LOOK_EVERY_MS);
    }
    await channel.close();
  } finally {
    await connection.close();
  }
}
