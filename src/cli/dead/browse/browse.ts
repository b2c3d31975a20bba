import type { Configuration } from '../../../config/index.js';
import {
  DeadLetters,
  type DeadLettersOptions,
  deadQueuesOf,
  EVERYTHING,
  originalNameOf,
  summaryOf,
} from '../../../dead/index.js';
import { DispatcherError } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { CommandOutput } from '../../output/command-output.js';
import { Screen } from '../../screen/screen.js';
import type { CommandOf } from '../arguments/dead-command.js';
import { Browser } from './browser.js';
import { QueuePicker } from './queue-picker.js';

interface ScreenWork {
  readonly output: CommandOutput;
  readonly signal: AbortSignal;
}

export interface BrowseWork extends ScreenWork {
  readonly options: DeadLettersOptions;
}

export interface BrowseAllWork extends ScreenWork {
  readonly options: Omit<DeadLettersOptions, 'queue'>;
  readonly configuration: Configuration;
}

/** Who has the screen, and shows messages of the program on it. */
interface Speaker {
  readonly say: (text: string) => void;
}

/** Shows a queue on the full screen until the user quits. */
export async function browse(
  { queue, selection, written }: CommandOf<'browse'>,
  { options, ...work }: BrowseWork,
): Promise<ExitCode> {
  return onScreen(work, async (screen, speaks) => {
    const letters = { ...options, signal: screen.ended };
    const browser = new Browser({
      screen,
      letters,
      companion: queue.companion,
      selection,
      selectionWritten: written,
      quitHint: 'q quit',
    });
    speaks(browser);
    return (await browser.run()) ? EXIT.ok : EXIT.failed;
  });
}

/** Shows the dead queues of a file, and those that the user opens, until the user quits. */
export async function browseAll({ options, configuration, ...work }: BrowseAllWork): Promise<ExitCode> {
  return onScreen(work, async (screen, speaks) => {
    const letters = { ...options, signal: screen.ended };
    const picker = new QueuePicker({
      screen,
      queues: deadQueuesOf(configuration),
      summarize: (queue, onRead) => summaryOfQueue({ ...letters, queue }, onRead),
    });
    for (;;) {
      speaks(picker);
      const queue = await picker.pick();
      if (queue === undefined) return screen.ended.aborted ? EXIT.failed : EXIT.ok;
      const browser = new Browser({
        screen,
        letters: { ...letters, queue },
        companion: originalNameOf(queue),
        selection: EVERYTHING,
        selectionWritten: '',
        quitHint: 'q back',
      });
      speaks(browser);
      try {
        if (!(await browser.run())) return EXIT.failed;
        await picker.recount(queue);
      } catch (error) {
        if (!(error instanceof DispatcherError)) throw error;
        picker.say(error.message);
      }
    }
  });
}

async function onScreen(
  { output, signal }: ScreenWork,
  work: (screen: Screen, speaks: (speaker: Speaker) => void) => Promise<ExitCode>,
): Promise<ExitCode> {
  const screen = new Screen(signal);
  screen.enter();
  try {
    // A line on stderr would tear the screen.
    return await work(screen, (speaker) => output.redirectNotes((line) => speaker.say(line)));
  } finally {
    screen.leave();
    output.redirectNotes(undefined);
  }
}

async function summaryOfQueue(options: DeadLettersOptions, onRead: (read: number, total: number) => void) {
  const letters = await DeadLetters.openOrEmpty(options);
  try {
    return await summaryOf(letters, { signal: options.signal, onRead: (read) => onRead(read, letters.count) });
  } finally {
    await letters.close();
  }
}
