import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded by `node --import`: measures the main thread's event-loop delay from one SIGUSR2 to the next and writes it to the file
 * BENCHMARK_LOOP_DELAY. Worker threads inherit --import but are not measured.
 */

const RESOLUTION_MS = 1;

if (isMainThread) {
  // The histogram records the time between two ticks of its timer, so the timer's own millisecond is not delay.
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  let measuring = false;

  process.on('SIGUSR2', () => {
    measuring = !measuring;
    if (measuring) {
      histogram.reset();
      histogram.enable();
      return;
    }
    histogram.disable();
    const file = process.env.BENCHMARK_LOOP_DELAY;
    const result = {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: late(histogram.max),
    };
    writeFileSync(`${file}.part`, JSON.stringify(result));
    renameSync(`${file}.part`, file);
  });
}
