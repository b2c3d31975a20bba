import type { Logger } from 'pino';
import { messageOf } from '../../src/errors/index.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;

export interface ConstructionOptions<Subject> {
  /** Calls the user's constructor. */
  readonly make: () => Subject;
  readonly logger: Logger;
  /** The wait after a failed attempt is over. */
  readonly again: () => void;
}

/** Makes an instance, and asks for another attempt after a growing delay when that fails. */
export class Construction<Subject> {
  private readonly options: ConstructionOptions<Subject>;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: ConstructionOptions<Subject>) {
    this.options = options;
  }

  /** @throws what the constructor threw; `again` is called later */
  attempt(): Subject {
    const { make, again } = this.options;
    try {
      const made = make();
      this.failures = 0;
      return made;
    } catch (error) {
      this.failures++;
      this.retry = setTimeout(again, this.retryMs());
      throw error;
    }
  }

  /** Logs why an attempt failed, and when the next one comes. */
  complain(error: unknown): void {
    const waitMs = this.retryMs();
    this.options.logger.error({ err: error, waitMs }, `${messageOf(error)}; retrying in ${waitMs} ms`);
  }

  /** No attempt comes any more. */
  stop(): void {
    clearTimeout(this.retry);
  }

  private retryMs(): number {
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
  }
}
