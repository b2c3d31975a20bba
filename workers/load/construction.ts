import type { Logger } from 'pino';
import { messageOf } from '../../src/errors/index.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;

export interface ConstructionOptions<Subject> {
  readonly make: () => Subject;
  readonly logger: Logger;
  readonly again: () => void;
}

/** Makes an instance, with growing delays after failures. */
export class Construction<Subject> {
  private readonly options: ConstructionOptions<Subject>;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: ConstructionOptions<Subject>) {
    this.options = options;
  }

  /** @throws the error of `make`; `again` is called later */
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

  complain(error: unknown): void {
    const waitMs = this.retryMs();
    this.options.logger.error({ err: error, waitMs }, `${messageOf(error)}; retrying in ${waitMs} ms`);
  }

  stop(): void {
    clearTimeout(this.retry);
  }

  private retryMs(): number {
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
  }
}
