import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded by `node --import`: on SIGUSR2 collects the main thread's garbage and writes the memory in use to the file
 * BENCHMARK_MEMORY. Worker threads inherit --import but are not measured.
 */

if (isMainThread) {
  process.on('SIGUSR2', () => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const file = process.env.BENCHMARK_MEMORY;
    writeFileSync(`${file}.part`, JSON.stringify({ rss, heapUsed, arrayBuffers }));
    renameSync(`${file}.part`, file);
  });
}
