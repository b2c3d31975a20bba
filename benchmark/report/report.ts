import { drawIdle, drawLatency, drawManyMessages } from './charts/daemon-charts.js';
import { drawContestants, drawProcessorTime, drawWorkloads } from './charts/throughput-charts.js';
import { daemonParts } from './daemon-parts.js';
import { fillParts } from './generated-parts.js';
import { readmeParts } from './readme-parts.js';
import type { ResultsFile } from './results-file.js';
import { throughputParts } from './throughput-parts.js';
import { describeRun } from './words.js';

/** The results behind the pages: `npm run bench -- --json docs/performance.json`. */
export const RESULTS_FILE = 'docs/performance.json';
/** Text by file, as from the root of the project. */
export type Files = Readonly<Record<string, string>>;

/** The pages with generated parts; text outside of the markers is written by hand. */
export interface Pages {
  readonly 'docs/performance.md': string;
  readonly 'README.md': string;
}

/** Generates all charts, and the pages from their present text. */
export function makeReport(results: ResultsFile, pages: Pages): Files {
  const parts = { machine: describeRun(results), ...throughputParts(results), ...daemonParts(results) };
  return {
    'docs/performance.md': fillParts(pages['docs/performance.md'], parts),
    'README.md': fillParts(pages['README.md'], readmeParts(results)),
    'docs/performance/contestants.svg': drawContestants(results),
    'docs/performance/workloads.svg': drawWorkloads(results),
    'docs/performance/processor-time.svg': drawProcessorTime(results),
    'docs/performance/latency.svg': drawLatency(results),
    'docs/performance/idle.svg': drawIdle(results),
    'docs/performance/many-messages.svg': drawManyMessages(results),
  };
}
