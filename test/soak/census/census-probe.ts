import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { writeHeapSnapshot } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { CENSUS_FOLDER, type CensusFiles, censusFiles } from './census-files.js';

/**
 * Loaded into the daemon by `--import`, before anything else: takes a census of its main thread when the soak asks for
 * one, and records every warning and the memory in use. It is synchronous, because its own handles would be counted.
 */

const LOOK_EVERY_MS = 250;
const LOOKS_PER_MEMORY = 4;

const folder = process.env[CENSUS_FOLDER];
// A worker thread inherits the flag.
if (isMainThread && folder !== undefined) await observe(censusFiles(folder));

async function observe({ wanted, census, warnings, memory, snapshotWanted, snapshot }: CensusFiles): Promise<void> {
  // Imported here, so that worker threads do not load it.
  const { takeCensus } = await import('./census.js');
  process.on('warning', ({ name, message }) => appendFileSync(warnings, `${JSON.stringify({ name, message })}\n`));
  let looks = 0;
  setInterval(() => {
    looks++;
    if (looks % LOOKS_PER_MEMORY === 0) appendFileSync(memory, `${JSON.stringify(memoryNow())}\n`);
    if (existsSync(snapshotWanted)) {
      writeHeapSnapshot(snapshot);
      rmSync(snapshotWanted);
    }
    if (!existsSync(wanted)) return;
    rmSync(wanted);
    appendFileSync(census, `${JSON.stringify(takeCensus())}\n`);
  }, LOOK_EVERY_MS).unref();
}

function memoryNow(): object {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { at: Date.now(), resident: rss, heapUsed, external };
}
