import { performance } from 'node:perf_hooks';
import { connect } from 'amqplib';

/**
 * Times the broker's part of a daemon's start on one queue: connect, declare on one channel, subscribe on another. Resolves with
 * milliseconds.
 */
export async function timeBroker(url: string, queue: string): Promise<number> {
  const startedAt = performance.now();
  const connection = await connect(url, { noDelay: true });
  const declaring = await connection.createChannel();
  await declaring.assertQueue(queue, { durable: true });
  await declaring.close();
  const consuming = await connection.createChannel();
  await consuming.prefetch(1);
  await consuming.consume(queue, () => undefined);
  const ms = performance.now() - startedAt;
  await connection.close();
  return ms;
}
