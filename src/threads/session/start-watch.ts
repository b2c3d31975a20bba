import type { Logger } from 'pino';
import { describeUndone, type StartStep, whyUndone } from '../../bridge/index.js';
import { ConsumerError } from '../../errors/index.js';
import { pause } from '../../timing/index.js';

const SLOW_MS = 10_000;
/** For a thread that is not blocked. */
const ANSWER_MS = 2_000;
/** A busy machine may take seconds to start a thread. */
const BOOT_MS = 30_000;

export interface StartWatchOptions {
  readonly thread: number;
  readonly logger: Logger;
  /** Asks the thread whether its event loop turns. */
  readonly ask: () => void;
}

/** Watches a thread's start: each step may take the whole timeout, and a slow one is named. */
export class StartWatch {
  private readonly options: StartWatchOptions;
  private step: StartStep | undefined;
  private begins: (() => void) | undefined;
  private answer: AbortController | undefined;
  private asked: Promise<boolean> | undefined;

  constructor(options: StartWatchOptions) {
    this.options = options;
  }

  began(step: StartStep): void {
    this.step = step;
    this.begins?.();
  }

  awake(): void {
    this.answer?.abort();
  }

  /**
   * @param end ends the thread, so that the work rejects
   * @throws ConsumerError that names the step that outlasted the limit
   */
  async within<Result>(limitMs: number, work: Promise<Result>, end: (error: ConsumerError) => void): Promise<Result> {
    let error: ConsumerError | undefined;
    let timers: NodeJS.Timeout[] = [];
    const clear = (): void => timers.forEach(clearTimeout);
    const giveUp = async (): Promise<void> => {
      const { step } = this;
      const isAwake = await this.isAwake();
      // The step ended after all.
      if (timers.length === 0 || this.step !== step) return;
      error = outlasted(step, limitMs, isAwake);
      end(error);
    };
    this.begins = () => {
      clear();
      timers = [
        setTimeout(() => void this.tellSlow(), SLOW_MS),
        setTimeout(() => void giveUp(), this.step === undefined ? Math.max(limitMs, BOOT_MS) : limitMs),
      ];
    };
    this.begins();
    try {
      return await work;
    } catch (cause) {
      throw error ?? cause;
    } finally {
      clear();
      timers = [];
      this.begins = undefined;
      this.step = undefined;
    }
  }

  /** Resolves to true once the thread answers, or to false after 2 s. */
  isAwake(): Promise<boolean> {
    this.asked ??= this.inquire().finally(() => {
      this.asked = undefined;
    });
    return this.asked;
  }

  private async tellSlow(): Promise<void> {
    const { step } = this;
    const { thread, logger } = this.options;
    if (step === undefined) return;
    const isAwake = await this.isAwake();
    if (this.step !== step) return;
    const what = `${describeUndone(step)} after ${SLOW_MS / 1_000} s`;
    logger.warn({ thread }, `worker thread ${thread} is not ready yet: ${what}: ${whyUndone(step, isAwake)}`);
  }

  private async inquire(): Promise<boolean> {
    const answer = new AbortController();
    this.answer = answer;
    this.options.ask();
    await pause(ANSWER_MS, answer.signal);
    return answer.signal.aborted;
  }
}

function outlasted(step: StartStep | undefined, limitMs: number, isAwake: boolean): ConsumerError {
  const limit = `startup_timeout (${limitMs} ms)`;
  if (step === undefined) return new ConsumerError('WORKER_DIED', 'the thread did not start');
  const why = whyUndone(step, isAwake);
  if (step.kind === 'startup') {
    return new ConsumerError('STARTUP_FAILED', `the startup handler outlasted ${limit}: ${step.subject}: ${why}`);
  }
  // No ConfigurationError: the next start may find it.
  const code = step.kind === 'instance' ? 'CONSUMER_CONSTRUCTION_FAILED' : 'CONSUMER_MODULE_FAILED';
  return new ConsumerError(code, `${describeUndone(step)} within ${limit}: ${why}`);
}
