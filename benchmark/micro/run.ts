import { callBenchmarks } from './calls.js';
import { measureCost } from './clock.js';
import { framesBenchmarks } from './frames.js';
import { lineBenchmarks } from './lines.js';
import { pathBenchmarks } from './path.js';
import { publishBenchmarks } from './publishes.js';
import { scrapeBenchmarks } from './scrapes.js';
import { traceBenchmarks } from './traces.js';

/** `npm run bench:micro`: the cost of each piece of the hot path, without a broker and threads. */

console.log('nanoseconds for each message (200 bytes)'.padEnd(44), 'median'.padStart(8), 'lowest'.padStart(8));
for (const measured of [
  ...framesBenchmarks(),
  ...publishBenchmarks(),
  ...lineBenchmarks(),
  ...callBenchmarks(),
  ...pathBenchmarks(),
  ...traceBenchmarks(),
  ...scrapeBenchmarks(),
]) {
  const { name, median, lowest } = await measureCost(measured);
  console.log(name.padEnd(44), median.toFixed(0).padStart(8), lowest.toFixed(0).padStart(8));
}
process.exit();
