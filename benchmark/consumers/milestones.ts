import type { Consumer } from '../../src/consumer-api/index.js';
import { Milestones } from '../probes/milestones.js';

/** Returns, which acks, and records each tenth of the messages. */
export default class NotesMilestones implements Consumer {
  readonly #milestones = Milestones.fromEnvironment();

  consume(): void {
    this.#milestones.count();
  }
}
