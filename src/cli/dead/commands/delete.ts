import { type ChosenMessages, factsOf, purge, removeChosen } from '../../../dead/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { messages } from '../../output/command-output.js';
import { jsonLine, printableLine } from '../../output/printable.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadWork } from '../dead-work.js';
import { DeadTable } from '../output/message-table.js';
import { choose, reportMissing } from './choice.js';
import { printMessages } from './view.js';

/** Messages to show before the question. */
const SHOWN = 10;

/** What to say before messages are deleted permanently. */
interface Confirmation {
  readonly command: string;
  readonly what: string;
  readonly isConfirmed: boolean;
}

export async function deleteSelected(command: CommandOf<'delete'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const chosen = await choose(command, work);
  const what = `${chosen.count} of ${messages(letters.count)}`;
  if (command.isDryRun) {
    await printMessages(chosen, work);
    output.note(`would delete ${what} of "${letters.queue}"; nothing was changed`);
    return signal.aborted ? EXIT.failed : EXIT.ok;
  }
  const isMissing = await reportMissing(command, chosen, work);
  if (chosen.count > 0 && !signal.aborted) {
    if (!command.isConfirmed && output.isInteractive) await showFirst(chosen, work);
    const refusal = await refusalOf({ command: 'delete', what, isConfirmed: command.isConfirmed }, work);
    if (refusal !== undefined) return refusal;
  }
  const exit = await remove(chosen.count, (onRemoved) => removeChosen(letters, chosen, { signal, onRemoved }), work);
  return isMissing ? EXIT.failed : exit;
}

export async function purgeAll({ isConfirmed }: CommandOf<'purge'>, work: DeadWork): Promise<ExitCode> {
  const { letters, signal } = work;
  const what = messages(letters.count);
  const refusal = await refusalOf({ command: 'purge', what, isConfirmed }, work);
  if (refusal !== undefined) return refusal;
  return remove(letters.count, (onRemoved) => purge(letters, { signal, onRemoved }), work);
}

/** Undefined: the user agrees. */
async function refusalOf(
  { command, what, isConfirmed }: Confirmation,
  { letters, output, signal }: DeadWork,
): Promise<ExitCode | undefined> {
  const { queue } = letters;
  if (isConfirmed) return undefined;
  if (!output.isInteractive) {
    const change = `${command} deletes messages permanently`;
    output.note(`${change}, and there is no terminal to ask on: pass --yes to ${command} "${queue}"`);
    return EXIT.usage;
  }
  const name = printableLine(queue);
  const answer = await output.ask(`Type the queue's name, ${name}, to delete ${what} permanently: `, signal);
  if (answer === queue) return undefined;
  const mistake = answer === undefined ? '' : `"${answer}" is not the queue's name, "${queue}": `;
  output.note(`${mistake}nothing was deleted`);
  return EXIT.failed;
}

async function showFirst(chosen: ChosenMessages, { output }: DeadWork): Promise<void> {
  const table = new DeadTable(output.columns);
  let count = 0;
  for await (const message of chosen.messages()) {
    table.add(factsOf(message));
    if (++count === SHOWN) break;
  }
  for (const line of table.end()) output.note(line);
  if (chosen.count > SHOWN) output.note(`and ${chosen.count - SHOWN} more`);
}

async function remove(
  count: number,
  removal: (onRemoved: (removed: number) => void) => Promise<number>,
  { letters: { queue, count: total }, output, signal }: DeadWork,
): Promise<ExitCode> {
  const progress = output.progress('deleting', count);
  let removed = 0;
  let isComplete = false;
  try {
    await removal((done) => {
      removed = done;
      progress.update(done);
    });
    isComplete = !signal.aborted;
  } finally {
    progress.clear();
    // A lost connection does not suppress the report.
    if (output.format === 'json') {
      await output.print(jsonLine({ queue, total, deleted: removed, interrupted: !isComplete }));
    } else {
      const interruption = isComplete ? '' : '; interrupted';
      await output.print(`deleted ${removed} of ${messages(total)} of "${queue}"${interruption}`);
    }
  }
  return isComplete ? EXIT.ok : EXIT.failed;
}
