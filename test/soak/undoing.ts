import type { Teardown } from '../support/daemon/daemon.js';

/** What was set up, to be undone from the last to the first. */
export class Undoing implements Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  after(undo: () => Promise<void>): void {
    this.#steps.push(undo);
  }

  /** Undoes all of it, even when a step fails. @throws what a failing step threw */
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
