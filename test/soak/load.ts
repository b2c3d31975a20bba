import { readFileSync } from 'node:fs';
import { FaultSchedule } from '../support/ledger/fault-schedule.js';
import type { LedgerBook } from '../support/ledger/ledger-book.js';
import { LoadPublisher } from '../support/ledger/load-publisher.js';
import { waitFor } from '../support/wait.js';
import { composeBy, QUEUES } from './workload.js';

export interface LoadSettings {
  /** The broker's own, not the proxy's. */
  readonly url: string;
  readonly book: LedgerBook;
  /** The consumers write the numbers of republished messages here. */
  readonly onwardFile: string;
  readonly seed: number;
  readonly messagesPerSecond: number;
}

/** Unconfirmed messages may still arrive, so the book must be quiet this long. */
const STILL_MS = 1_500;

/** Publishes the load of a soak and knows which messages are owed. */
export class Load {
  readonly #settings: LoadSettings;
  readonly #publishers: LoadPublisher[] = [];
  readonly #compose: ReturnType<typeof composeBy>;

  constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#compose = composeBy(new FaultSchedule(settings.seed + 1));
  }

  /** Numbers that the broker confirmed to this publisher. */
  get confirmed(): ReadonlySet<number> {
    return new Set(this.#publishers.flatMap(({ confirmed }) => [...confirmed]));
  }

  /** Numbers that the broker confirmed to the daemon. */
  get onward(): ReadonlySet<number> {
    const lines = readFileSync(this.#settings.onwardFile, 'latin1').split('\n');
    return new Set(lines.filter((line) => line !== '').map(Number));
  }

  start(): void {
    const { url, messagesPerSecond: perSecond } = this.#settings;
    const from = this.#publishers.at(-1)?.next ?? 0;
    this.#publishers.push(new LoadPublisher({ urls: [url], queues: QUEUES, perSecond, from, compose: this.#compose }));
  }

  async stop(): Promise<void> {
    await this.#publishers.at(-1)?.stop();
  }

  /** Resolves once new messages have begun. */
  async flows(timeoutMs: number): Promise<void> {
    await this.#settings.book.flows(timeoutMs);
  }

  /** Stops publishing; resolves once every owed message is answered and the consumers are idle. */
  async drained(timeoutMs: number): Promise<void> {
    await this.stop();
    const { book } = this.#settings;
    const owed = [...this.confirmed];
    let [length, since] = [-1, performance.now()];
    const isStill = (): boolean => {
      const now = book.entries().length;
      if (now !== length) [length, since] = [now, performance.now()];
      return performance.now() - since > STILL_MS;
    };
    const isPaid = (): boolean => book.areAnswered(owed) && book.areAnswered(this.onward);
    await waitFor(() => isStill() && isPaid(), { timeoutMs, everyMs: 100, what: 'every message to be answered' });
  }
}
