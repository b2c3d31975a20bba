import type { Teardown } from '../support/daemon/daemon.js';

/** Undoes what was set up, from the last to the first. */
export class TeardownStack implements Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  after(undo: () => Promise<void>): void {
    this.#steps.push(undo);
  }

  /** Runs every step, even when one fails. @throws the error of a failed step */
  async run(): Promise<void> {
    const step = this.#steps.pop();
    if (step === undefined) return;
    try {
      await step();
    } finally {
      await this.run();
    }
  }
}
