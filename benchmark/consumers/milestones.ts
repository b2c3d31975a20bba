import type { Consumer } from '../../src/consumer-api/index.js';
import { Milestones } from '../probes/milestones.js';

/** Returns, which acks, and notes each tenth of the way. */
export default class NotesMilestones implements Consumer {
  readonly #milestones = Milestones.fromEnvironment();

  consume(): void {
    this.#milestones.pass();
  }
}
