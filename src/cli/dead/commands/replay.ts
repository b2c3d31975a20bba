import { Replay } from '../../../dead/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { messages } from '../../output/command-output.js';
import { jsonLine } from '../../output/printable.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadWork } from '../dead-work.js';
import { choose, reportMissing } from './choice.js';
import { printMessages } from './view.js';

/** Failures to list one by one: when a queue is gone, all messages fail in the same way. */
const LISTED_FAILURES = 10;

export async function replay(command: CommandOf<'replay'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const chosen = await choose(command, work);
  if (command.isDryRun) {
    await printMessages(chosen, work);
    output.note(
      `would replay ${chosen.count} of ${messages(letters.count)} of "${letters.queue}"; nothing was changed`,
    );
    return signal.aborted ? EXIT.failed : EXIT.ok;
  }
  const isMissing = await reportMissing(command, chosen, work);
  const progress = output.progress('replaying', chosen.count);
  let begun = 0;
  const run = new Replay(letters, {
    chosen,
    target: command.target,
    signal,
    onSelected: () => progress.update(++begun),
    onFailed: ({ id }, why) => {
      progress.clear();
      if (run.outcome.failed <= LISTED_FAILURES) output.note(`${id} stays in "${letters.queue}": ${why}`);
    },
  });
  let isRead = false;
  try {
    await run.run();
    isRead = true;
  } finally {
    progress.clear();
    // A lost connection does not suppress the report.
    await printOutcome(run, { isComplete: isRead && !signal.aborted }, work);
  }
  return run.outcome.failed === 0 && !signal.aborted && !isMissing ? EXIT.ok : EXIT.failed;
}

async function printOutcome(
  { outcome: { replayed, failed } }: Replay,
  { isComplete }: { readonly isComplete: boolean },
  { letters: { queue, count }, output }: DeadWork,
): Promise<void> {
  if (failed > LISTED_FAILURES) output.note(`and ${failed - LISTED_FAILURES} more`);
  if (output.format === 'json') {
    return output.print(jsonLine({ queue, total: count, replayed, failed, interrupted: !isComplete }));
  }
  const failures = failed === 0 ? '' : `; ${failed} could not be replayed`;
  const interruption = isComplete ? '' : '; interrupted';
  await output.print(`replayed ${replayed} of ${messages(count)} of "${queue}"${failures}${interruption}`);
}
