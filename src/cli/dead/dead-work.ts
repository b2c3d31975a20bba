import type { DeadLetters } from '../../dead/index.js';
import type { CommandOutput } from '../output/command-output.js';

/** The tools of a command on a dead queue. */
export interface DeadWork {
  readonly letters: DeadLetters;
  readonly output: CommandOutput;
  /** Aborts at the first signal; what has begun may finish. */
  readonly signal: AbortSignal;
}
