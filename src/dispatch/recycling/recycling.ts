import type { Logger } from 'pino';
import { messageOf } from '../../errors/index.js';
import { BackOff, type BackOffLimits } from '../../timing/index.js';
import type { Served, ThreadTerm } from './thread-term.js';

const LOOK_EVERY_MS = 100;
const AGAIN: BackOffLimits = { firstMs: 1_000, longestMs: 60_000 };

export interface RecyclingOptions {
  readonly terms: readonly ThreadTerm[];
  readonly newest: (thread: number) => Served;
  /** Resolves when the successor takes over; false if it is being replaced already. */
  readonly recycle: (thread: number, reason: string) => Promise<boolean>;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Replaces threads whose term is over, one at a time: a start takes a core. */
export class Recycling {
  private readonly options: RecyclingOptions;
  private readonly backOff: BackOff;
  /** Round-robin, so one thread cannot starve the others. */
  private turns: readonly ThreadTerm[];
  private timer: NodeJS.Timeout | undefined;
  private isStarting = false;
  private notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecyclingOptions) {
    this.options = options;
    this.backOff = new BackOff(AGAIN, options.random);
    this.turns = options.terms;
  }

  start(): void {
    if (this.options.terms.length === 0) return;
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { newest, nowMs, random } = this.options;
    const now = nowMs();
    for (const term of this.turns) {
      term.follow(newest(term.thread), now, random);
      if (this.isStarting || now < this.notBeforeMs) continue;
      const reason = term.reasonToGo(now);
      if (reason === undefined) continue;
      this.turns = [...this.turns.filter((other) => other !== term), term];
      void this.recycle(term.thread, reason);
    }
  }

  private async recycle(thread: number, reason: string): Promise<void> {
    const { recycle, nowMs, logger } = this.options;
    this.isStarting = true;
    try {
      if (await recycle(thread, reason)) this.backOff.reset();
    } catch (error) {
      const waitMs = this.backOff.nextMs();
      this.notBeforeMs = nowMs() + waitMs;
      const message = `cannot replace worker thread ${thread}: ${messageOf(error)}; retrying in ${waitMs} ms`;
      logger.error({ err: error, thread, waitMs }, message);
    } finally {
      this.isStarting = false;
    }
  }
}
