import { type Configuration, formatProblem, loadConfiguration } from '../../../config/index.js';
import {
  DeadLetters,
  type DeadLettersOptions,
  type DeadSummary,
  deadQueuesOf,
  summaryOf,
} from '../../../dead/index.js';
import { DispatcherError } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { type CommandOutput, messages } from '../../output/command-output.js';
import { jsonLine } from '../../output/printable.js';
import { overviewLines } from '../output/overview-table.js';

export interface OverviewWork {
  readonly output: CommandOutput;
  readonly signal: AbortSignal;
  readonly configuration: Configuration;
  readonly options: Omit<DeadLettersOptions, 'queue'>;
}

/** Counts the messages of all dead queues of a file, by error. */
export async function overview({ output, signal, configuration, options }: OverviewWork): Promise<ExitCode> {
  const summaries: DeadSummary[] = [];
  let isComplete = true;
  for (const queue of deadQueuesOf(configuration)) {
    if (signal.aborted) break;
    try {
      summaries.push(await count({ ...options, queue }, output));
    } catch (error) {
      if (!(error instanceof DispatcherError) || error.code !== 'QUEUE_UNREADABLE') throw error;
      output.note(error.message);
      isComplete = false;
    }
  }
  const lines = output.format === 'json' ? summaries.map(jsonLine) : overviewLines(summaries, output.columns);
  for (const line of lines) await output.print(line);
  if (output.format === 'table') {
    const total = summaries.reduce((sum, summary) => sum + summary.messages, 0);
    await output.print(`${messages(total)} in ${summaries.length === 1 ? '1 queue' : `${summaries.length} queues`}`);
  }
  return isComplete && !signal.aborted ? EXIT.ok : EXIT.failed;
}

async function count(options: DeadLettersOptions, output: CommandOutput): Promise<DeadSummary> {
  const letters = await DeadLetters.openOrEmpty(options);
  const progress = output.progress(`reading ${letters.queue}`, letters.count);
  try {
    return await summaryOf(letters, { signal: options.signal, onRead: (read) => progress.update(read) });
  } finally {
    progress.clear();
    await letters.close();
  }
}

const ABSENT = 'the file does not exist';

/** The file of a command; undefined when it has problems, which have been printed, with the remedy if there is no file. */
export async function readFile(
  file: string,
  { output, remedy }: { readonly output: CommandOutput; readonly remedy: string },
): Promise<Configuration | undefined> {
  const loaded = await loadConfiguration(file);
  if (loaded.ok) return loaded.configuration;
  for (const problem of loaded.problems) {
    output.note(`${formatProblem(problem)}${problem.message === ABSENT ? remedy : ''}`);
  }
  return undefined;
}
