import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into a process by `node --import`: at each SIGUSR2 collects the main thread's garbage and writes what is left into
 * the file that BENCHMARK_MEMORY names. Worker threads inherit --import, and are left alone.
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
