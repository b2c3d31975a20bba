import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect } from 'amqplib';
import type { Daemon } from '../daemon/daemon.js';
import { waitFor } from '../wait.js';
import { FaultSchedule } from './fault-schedule.js';
import { LedgerBook } from './ledger-book.js';
import { LEDGER_PREFETCH, type LedgerDaemon, type LedgerDaemonOptions, ledgerDaemon } from './ledger-daemon.js';
import { judge, type Strike, type Verdict } from './ledger-judge.js';
import { LoadPublisher } from './load-publisher.js';

export interface LedgerOptions extends Partial<LedgerDaemonOptions> {
  /** Brokers to publish to, bypassing any proxy; several for a cluster. */
  readonly urls: readonly string[];
  /** Default 800. */
  readonly messagesPerSecond?: number;
  /** A strike falls within this many milliseconds, once load flows. Default 400. */
  readonly withinMs?: number;
  /** Milliseconds to wait for owed messages at the end. Default 60,000. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
/** Looks in a row that find nothing new, because a message that leaves its delay queue is briefly in no queue. */
const QUIET_LOOKS = 5;

/**
 * Accounts for every message while faults strike: each message that the broker has confirmed is owed a begin and an
 * answer. Open it, start a daemon with `daemon`, `publish`, `strike`, and `balance` at the end.
 */
export class Ledger {
  readonly queues: readonly string[];
  readonly schedule: FaultSchedule;
  readonly #options: LedgerOptions;
  readonly #book: LedgerBook;
  readonly #t: TestContext;
  readonly #strikes: Strike[] = [];
  readonly #excused = new Set<number>();
  #publisher: LoadPublisher | undefined;
  #isLoadStopped = false;

  private constructor(t: TestContext, options: LedgerOptions, folder: string) {
    this.#t = t;
    this.#options = options;
    this.queues = options.queues ?? ['ledger-a', 'ledger-b'];
    this.schedule = FaultSchedule.of(t);
    this.#book = new LedgerBook(join(folder, 'ledger'));
  }

  /** An empty ledger; after the test its publisher is stopped and its file is gone. */
  static async open(t: TestContext, options: LedgerOptions): Promise<Ledger> {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
    const ledger = new Ledger(t, options, folder);
    t.after(async () => {
      await ledger.#publisher?.stop();
      ledger.#book.close();
      await rm(folder, { recursive: true, force: true });
    });
    return ledger;
  }

  /** What `startDaemon` takes. */
  get daemon(): LedgerDaemon {
    return this.daemonWith({});
  }

  /** The same with more queues, consumers and connection settings in the configuration. */
  daemonWith(more: Partial<LedgerDaemon['config']>): LedgerDaemon {
    const { config, ...rest } = ledgerDaemon(this.#book.file, { ...this.#options, queues: this.queues });
    return {
      ...rest,
      config: {
        connection: { ...config.connection, ...more.connection },
        queues: [...config.queues, ...(more.queues ?? [])],
        consumers: [...config.consumers, ...(more.consumers ?? [])],
      },
    };
  }

  /** Starts the load; the queues must exist. */
  publish(): void {
    const { urls, messagesPerSecond: perSecond = 800 } = this.#options;
    this.#publisher ??= new LoadPublisher({ urls, queues: this.queues, perSecond });
  }

  /** Number of different messages that have begun. */
  get begun(): number {
    return this.#book.begun();
  }

  /** Removes messages from the account that the broker itself may have lost. */
  excuse(numbers: Iterable<number>): void {
    for (const number of numbers) this.#excused.add(number);
  }

  /**
   * Pauses the load until the ledger's queues and these others are empty and no consumer holds a message, so that
   * both copies of a message that a fault duplicated have ended.
   */
  async drained(others: readonly string[]): Promise<void> {
    this.#publisher?.pause();
    try {
      let [quiet, seen] = [0, -1];
      const isStill = async (): Promise<boolean> => {
        const entries = this.#book.entries().length;
        const isEmpty = Object.values(await this.#messagesIn([...this.queues, ...others])).every(
          (count) => count === 0,
        );
        quiet = isEmpty && entries === seen && this.#isSettled() ? quiet + 1 : 0;
        seen = entries;
        return quiet >= QUIET_LOOKS;
      };
      await waitFor(isStill, { everyMs: 200, timeoutMs: this.#patienceMs, what: 'all queues to be empty' });
    } finally {
      this.#publisher?.resume();
    }
  }

  /** Ends the load; confirmed messages stay owed. */
  async stopLoad(): Promise<void> {
    await this.#publisher?.stop();
    this.#isLoadStopped = true;
  }

  /** Resolves when messages flow: 30 new ones have begun. */
  async flows(): Promise<void> {
    await this.#book.flows(PATIENCE_MS);
  }

  /** Resolves when so many confirmed messages have not begun. */
  async backlog(count: number): Promise<void> {
    const waiting = (): number => this.#confirmed.size - this.begun;
    await waitFor(() => waiting() >= count, { what: () => `a backlog of ${count} messages; ${waiting()} wait` });
  }

  /**
   * Strikes so many times at random moments under load. `strike` resolves when the daemon has recovered, with the number of
   * strikes if it was not 1.
   */
  async strike(times: number, strike: () => Promise<number | void>): Promise<void> {
    for (let done = 0; done < times; done += 1) {
      await this.flows();
      await this.schedule.moment(this.#options.withinMs ?? 400);
      const from = Date.now();
      const count = (await strike()) ?? 1;
      this.#strikes.push({ from, to: Date.now(), count });
    }
  }

  /**
   * Ends the load, waits for all owed messages, stops the daemon and balances the books.
   * @throws AssertionError that names the numbers of lost messages
   */
  async balance(daemon: Daemon): Promise<Verdict> {
    if (!this.#isLoadStopped) await this.flows(); // the daemon works after the last strike, too
    await this.stopLoad();
    // After a timeout the verdict names the missing messages.
    await waitFor(() => this.#isSettled(), { timeoutMs: this.#patienceMs, what: 'all messages' }).catch(
      () => undefined,
    );
    const verdict = this.#judge();
    this.#t.diagnostic(
      `${this.#confirmed.size} messages confirmed, ${this.#publisher?.inDoubt ?? 0} in doubt, ` +
        `${this.#strikes.length} strikes, ${verdict.duplicates} duplicates (at most ${verdict.allowedDuplicates})`,
    );
    assert.deepEqual(verdict.problems, [], verdict.problems.join('\n'));
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    // Unanswered messages are back now, so an ack that never reached the broker shows here.
    assert.deepEqual(await this.#messagesIn(this.queues), Object.fromEntries(this.queues.map((queue) => [queue, 0])));
    return verdict;
  }

  /** The owed messages: those that the broker has confirmed, except excused ones. */
  get #confirmed(): ReadonlySet<number> {
    const confirmed = this.#publisher?.confirmed ?? new Set<number>();
    return this.#excused.size === 0 ? confirmed : new Set([...confirmed].filter((each) => !this.#excused.has(each)));
  }

  #judge(): Verdict {
    return judge({
      confirmed: this.#confirmed,
      entries: this.#book.entries(),
      strikes: this.#strikes,
      inFlight: (this.#options.prefetch ?? LEDGER_PREFETCH) * this.queues.length,
    });
  }

  #isSettled(): boolean {
    const { missing, unanswered } = this.#judge();
    return missing.length === 0 && unanswered.length === 0;
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? PATIENCE_MS;
  }

  async #messagesIn(queues: readonly string[]): Promise<Record<string, number>> {
    const connection = await connect(this.#options.urls[0] ?? '');
    try {
      const channel = await connection.createChannel();
      const left: Record<string, number> = {};
      for (const queue of queues) left[queue] = (await channel.checkQueue(queue)).messageCount;
      return left;
    } finally {
      await connection.close();
    }
  }
}
