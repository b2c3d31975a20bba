import { performance } from 'node:perf_hooks';
import { TcpProxy } from '../../test/support/network/tcp-proxy.js';
import { waitFor } from '../../test/support/wait.js';
import type { QueueAdmin } from '../broker/queue-admin.js';
import { AckLog } from '../probes/ack-log.js';
import { startDaemon } from '../processes/daemon-process.js';
import { settledResidentBytes } from '../processes/resident-memory.js';
import { inRoundFolder } from '../processes/round-folder.js';

export interface ManyInstancesOptions {
  readonly url: string;
  readonly queueAdmin: QueueAdmin;
  /** One entry for each. */
  readonly queues: number;
  readonly threads: number;
  /** Instances of each entry. */
  readonly instances: number;
  readonly messagesPerQueue: number;
}

/** A daemon with many queues or many threads. */
export interface ManyInstances {
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

/** Starts the daemon on empty queues and counts its acks on the wire while it handles messages of 10 ms. */
export async function measureManyInstances(options: ManyInstancesOptions): Promise<ManyInstances> {
  const { url, queueAdmin, threads, instances, messagesPerQueue } = options;
  const [queue = '', ...otherQueues] = Array.from(
    { length: options.queues },
    (_, number) => `benchmark.instances-${number}`,
  );
  const queues = [queue, ...otherQueues];
  const acks = new AckLog();
  const proxy = await TcpProxy.start({ port: Number(new URL(url).port) });
  acks.listen(proxy);
  try {
    return await inRoundFolder(async (folder) => {
      const size = { queue, otherQueues, threads, instances, prefetch: 10 * instances };
      const daemon = await startDaemon({ url: proxy.through(url), folder, consumer: 'sleeps', ...size });
      try {
        const readyMs = await daemon.ready();
        const residentBytes = await settledResidentBytes(daemon);
        const startedAt = performance.now();
        for (const name of queues) await queueAdmin.create({ queue: name, messages: messagesPerQueue, bodyBytes: 200 });
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
    for (const name of queues) await queueAdmin.delete(name);
  }
}
