import type { Logger } from 'pino';
import { identityOf } from '../../bridge/index.js';
import type { Delivery, Slot } from '../delivery.js';
import { runningOn } from '../entry-status.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A message has a line when it has run this long, and then every hour. */
const STEPS_MS: readonly number[] = [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR];
const LOOK_EVERY_MS = 5 * SECOND;
/** In one look; the rest share a line. */
const MOST_LINES = 5;

export interface LongRunsOptions {
  readonly entry: { readonly queue: string; readonly consumer: string };
  readonly slots: readonly Slot[];
  readonly logger: Logger;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** Logs messages that run long, at growing intervals: with no `timeout`, nothing else would show that one is stuck. */
export class LongRuns {
  private readonly options: LongRunsOptions;
  /** Steps that have been logged. */
  private readonly logged = new WeakMap<Delivery, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: LongRunsOptions) {
    this.options = options;
  }

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    const { entry, slots, logger, nowMs } = this.options;
    let lines = 0;
    for (const { delivery, slot, runningMs } of runningOn(slots, nowMs())) {
      const steps = stepsOf(runningMs);
      if (steps === 0) break;
      if (steps <= (this.logged.get(delivery) ?? 0)) continue;
      this.logged.set(delivery, steps);
      lines++;
      if (lines > MOST_LINES) continue;
      const { message } = delivery;
      logger.info(
        {
          ...entry,
          instance: slot.spec.instance,
          thread: slot.thread,
          deliveryTag: message.deliveryTag,
          ...identityOf(message),
          runningMs: Math.round(runningMs),
        },
        `running for ${spanOf(runningMs)}`,
      );
    }
    if (lines > MOST_LINES) logger.info(entry, `running for long: ${lines - MOST_LINES} more messages`);
  }
}

function stepsOf(runningMs: number): number {
  const passed = STEPS_MS.filter((step) => runningMs >= step).length;
  return runningMs < HOUR ? passed : passed + Math.floor(runningMs / HOUR) - 1;
}

/** `35 s`, `5 min`, `2 h` */
function spanOf(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  return ms < HOUR ? `${Math.floor(ms / MINUTE)} min` : `${Math.floor(ms / HOUR)} h`;
}
