import { availableParallelism } from 'node:os';
import type { Measurement } from '../measurement.js';
import { measureIdleDaemon } from './idle-daemon.js';
import { type LoopDelay, measureLoopDelay } from './loop-delay.js';

const IDLE_THREADS = 2;
const LOOP_DELAY_MS = 5_000;

const idle: Measurement = {
  id: 'idle',
  title: `idle daemon, ${IDLE_THREADS} threads`,
  measure: async ({ url, rounds }) => {
    const figures = await measureIdleDaemon(url, IDLE_THREADS, rounds);
    const { readyMs, brokerMs, residentBytes } = figures;
    const memory =
      residentBytes === undefined ? 'unknown: no /proc here' : `${(residentBytes.median / 1024 / 1024).toFixed(1)} MiB`;
    const lines = [
      `start-up to ready      ${readyMs.median.toFixed(0)} ms, of which the broker's part ${brokerMs.median.toFixed(0)} ms`,
      `resident memory        ${memory}`,
    ];
    return { figures, lines };
  },
};

const loopDelay: Measurement = {
  id: 'loop-delay',
  title: 'event-loop delay of the main thread',
  measure: async ({ url, stockroom }) => {
    const threads = availableParallelism();
    const delay = async (computing: boolean): Promise<LoopDelay> =>
      measureLoopDelay({ url, stockroom, threads, computing, forMs: LOOP_DELAY_MS });
    const figures = { threads, idle: await delay(false), computing: await delay(true) };
    const lines = [
      `none of ${threads} threads computes    ${formatDelay(figures.idle)}`,
      `every one computes          ${formatDelay(figures.computing)}`,
    ];
    return { figures, lines };
  },
};

function formatDelay({ p50, p99, max }: LoopDelay): string {
  return `p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms   max ${max.toFixed(2)} ms`;
}

/** Everything that is measured besides the workloads: a further one is a line here. */
export const MEASUREMENTS: readonly Measurement[] = [idle, loopDelay];
