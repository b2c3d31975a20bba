import type { MeasuredProcess } from '../processes/measured-process.js';
import type { Contestant } from './contestant.js';
import { daemonContestant } from './daemon-contestant.js';

const SCRAPE_EVERY_MS = 1_000;
const LISTENING = /^serving probes/;

/** The daemon twice: nobody looks at it, or a scraper does each second and it logs summaries. The first one is the baseline. */
export function observedDaemons(): readonly [Contestant, Contestant] {
  return [
    daemonContestant({
      id: 'daemon-unobserved',
      name: 'daemon, unobserved',
      consumerOf: (work) => work,
      file: { summary: 0 },
    }),
    daemonContestant({
      id: 'daemon',
      name: 'daemon, scraped each second',
      judged: true,
      consumerOf: (work) => work,
      file: { http: { listen: '127.0.0.1:0' }, summary: '1s' },
      onStarted: (process) => scrapeUntilItEnds(process),
    }),
  ];
}

/** The harness scrapes, as Prometheus would: its own time is not measured, but shares the machine. */
function scrapeUntilItEnds(process: MeasuredProcess): void {
  let port: unknown;
  const timer = setInterval(() => {
    if (!process.running) return clearInterval(timer);
    port ??= process.logged.find(({ msg }) => typeof msg === 'string' && LISTENING.test(msg))?.['port'];
    if (typeof port === 'number') void scrape(port);
  }, SCRAPE_EVERY_MS);
}

async function scrape(port: number): Promise<void> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } catch {
    // The round has just ended.
  }
}
