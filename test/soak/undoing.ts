import type { Teardown } from '../support/daemon.js';

/** What was set up, to be undone from the last to the first. */
export class Undoing implements Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  after(undo: () => Promise<void>): void {
    this.#steps.push(undo);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await step();
  }
}
