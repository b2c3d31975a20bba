import { readFileSync } from 'node:fs';
import { FaultSchedule } from '../support/ledger/fault-schedule.js';
import type { LedgerBook } from '../support/ledger/ledger-book.js';
import { LoadPublisher } from '../support/ledger/load-publisher.js';
import { waitFor } from '../support/wait.js';
import { composeBy, QUEUES } from './workload.js';

export interface LoadSettings {
  /** Past the proxy. */
  readonly url: string;
  readonly book: LedgerBook;
  /** Where the consumers write the numbers of what they have published onward. */
  readonly onwardFile: string;
  readonly seed: number;
  readonly messagesPerSecond: number;
}

/** New messages that must have begun for messages to flow. */
const FLOW = 30;
/** Messages that were in doubt are owed nothing and may come all the same: the book is still for so long. */
const STILL_MS = 1_500;

/** The load of a soak, with pauses, and what is owed for it. */
export class Load {
  readonly #settings: LoadSettings;
  readonly #publishers: LoadPublisher[] = [];
  readonly #compose: ReturnType<typeof composeBy>;

  constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#compose = composeBy(new FaultSchedule(settings.seed + 1));
  }

  /** Numbers that the broker has confirmed to the load. */
  get confirmed(): ReadonlySet<number> {
    return new Set(this.#publishers.flatMap(({ confirmed }) => [...confirmed]));
  }

  /** Numbers that the broker has confirmed to the daemon. */
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

  /** Resolves when new messages have begun since this call. */
  async flows(timeoutMs: number): Promise<void> {
    const { book } = this.#settings;
    const before = book.begun();
    const what = (): string => `messages to flow: ${book.begun() - before} new ones have begun`;
    await waitFor(() => book.begun() >= before + FLOW, { timeoutMs, what });
  }

  /** Ends the load; resolves when all that is owed was answered, and the consumers have nothing more to do. */
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
