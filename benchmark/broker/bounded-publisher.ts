import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';

export interface BoundedLoad {
  readonly url: string;
  readonly queue: string;
  readonly messages: number;
  readonly bodyBytes: number;
  /** Pauses while more messages than this wait, because the broker would page them out, which we do not measure. */
  readonly mostWaiting: number;
}

const BURST = 2_000;
const LOOK_EVERY_MS = 5;

/** Publishes as fast as the consumers handle messages. */
export async function publishBounded({ url, queue, messages, bodyBytes, mostWaiting }: BoundedLoad): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    const body = Buffer.alloc(bodyBytes, 'x');
    for (let sent = 0; sent < messages; ) {
      const burst = Math.min(BURST, messages - sent);
      for (let number = 0; number < burst; number++) channel.sendToQueue(queue, body, { persistent: false });
      sent += burst;
      // The answer arrives after the burst, so this is a barrier as well.
      while ((await channel.checkQueue(queue)).messageCount > mostWaiting) await sleep(LOOK_EVERY_MS);
    }
    await channel.close();
  } finally {
    await connection.close();
  }
}
