import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';

const EVERY_MS = 1_000;
const SCHEMA = new URL('../../../../config/dispatcher.schema.json', import.meta.url);

/** True if this version of the daemon has `http.console`. */
export function hasConsole(): boolean {
  return readFileSync(SCHEMA, 'utf8').includes('"console"');
}

/** The key `http` of a daemon that is observed: any free port of loopback, with a console if there is one. */
export function observedHttp(): object {
  return { listen: '127.0.0.1:0', ...(hasConsole() && { console: true }) };
}

/** Looks at a daemon as its operators would, until `stop`: a scrape each second, and an open console if it has one. */
export class Observers {
  scrapes = 0;
  failedScrapes = 0;
  /** Events of the console. */
  events = 0;
  readonly #origin: string;
  /** Two connections at most, so that their number shows a leak of the daemon. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  #isScraping = false;
  readonly #timer: NodeJS.Timeout;

  /** @param origin such as `http://127.0.0.1:9464` */
  constructor(origin: string) {
    this.#origin = origin;
    this.#timer = setInterval(() => this.#scrape(), EVERY_MS);
    if (hasConsole()) this.#watch();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #scrape(): void {
    // A slow one delays the next, as in Prometheus.
    if (this.#isScraping) return;
    this.#isScraping = true;
    get(`${this.#origin}/metrics`, { agent: this.#agent }, (answer) => {
      if (answer.statusCode === 200) this.scrapes++;
      else this.failedScrapes++;
      answer.resume();
    })
      .on('error', () => this.failedScrapes++)
      .on('close', () => (this.#isScraping = false));
  }

  /** One page that stays open; its loss shows in the number of events. */
  #watch(): void {
    const headers = { accept: 'text/event-stream' };
    get(`${this.#origin}/api/live`, { agent: this.#agent, headers }, (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        this.events += text.split('event: ').length - 1;
      });
    }).on('error', () => undefined);
  }
}
