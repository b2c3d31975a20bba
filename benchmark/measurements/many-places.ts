import { performance } from 'node:perf_hooks';
import { TcpProxy } from '../../test/support/network/tcp-proxy.js';
import { waitFor } from '../../test/support/wait.js';
import { AckLog } from '../ack-log.js';
import { startDaemon } from '../daemon-process.js';
import { settledResidentBytes } from '../resident-memory.js';
import { inRoundFolder } from '../round-folder.js';
import type { Stockroom } from '../stockroom.js';

export interface ManyPlacesOptions {
  readonly url: string;
  readonly stockroom: Stockroom;
  /** One entry for each. */
  readonly queues: number;
  readonly threads: number;
  /** Of each entry. */
  readonly instances: number;
  readonly messagesPerQueue: number;
}

/** A daemon with many queues or many threads. */
export interface ManyPlaces {
  readonly queues: number;
  readonly threads: number;
  readonly instances: number;
  /** Milliseconds from the spawn to `ready`. */
  readonly readyMs: number;
  /** Bytes, before the first message; undefined where there is no /proc. */
  readonly residentBytes: number | undefined;
  readonly messages: number;
  /** Milliseconds from the first publish to the last ack. */
  readonly handledMs: number;
}

const TIMEOUT_MS = 120_000;

/** Starts the daemon on empty queues, and counts its acks on the wire while it handles messages that take 10 ms. */
export async function measureManyPlaces(options: ManyPlacesOptions): Promise<ManyPlaces> {
  const { url, stockroom, threads, instances, messagesPerQueue } = options;
  const [queue = '', ...otherQueues] = Array.from(
    { length: options.queues },
    (_, number) => `benchmark.place-${number}`,
  );
  const queues = [queue, ...otherQueues];
  const acks = new AckLog();
  const proxy = await TcpProxy.start({ port: Number(new URL(url).port) });
  acks.listen(proxy);
  try {
    return await inRoundFolder(async (folder) => {
      const places = { queue, otherQueues, threads, instances, prefetch: 10 * instances };
      const daemon = await startDaemon({ url: proxy.through(url), folder, consumer: 'sleeps', ...places });
      try {
        const readyMs = await daemon.ready();
        const residentBytes = await settledResidentBytes(daemon);
        const startedAt = performance.now();
        for (const name of queues) await stockroom.stock({ queue: name, messages: messagesPerQueue, bodyBytes: 200 });
        const messages = queues.length * messagesPerQueue;
        const what = (): string => `${messages} acks; there are ${acks.count}`;
        await waitFor(() => acks.count === messages, { what, timeoutMs: TIMEOUT_MS });
        const handledMs = performance.now() - startedAt;
        return { queues: queues.length, threads, instances, readyMs, residentBytes, messages, handledMs };
      } finally {
        await daemon.stop();
      }
    });
  } finally {
    await proxy.close();
    for (const name of queues) await stockroom.remove(name);
  }
}
