import type { DeadLettersOptions } from '../../../dead/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadOutput } from '../output/output.js';
import { Browser } from './browser.js';
import { Screen } from './screen.js';

export interface BrowseWork {
  readonly output: DeadOutput;
  readonly signal: AbortSignal;
  readonly options: DeadLettersOptions;
}

/** Shows a queue on the full screen until the user quits. */
export async function browse(
  { queue, selection }: CommandOf<'browse'>,
  { output, signal, options }: BrowseWork,
): Promise<ExitCode> {
  const screen = new Screen(signal);
  const letters = { ...options, signal: screen.ended };
  const browser = new Browser({ screen, letters, companion: queue.companion, selection });
  // A line on stderr would tear the screen.
  output.redirectNotes((line) => browser.say(line));
  screen.enter();
  try {
    return (await browser.run()) ? EXIT.ok : EXIT.failed;
  } finally {
    screen.leave();
    output.redirectNotes(undefined);
  }
}
