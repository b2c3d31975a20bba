import { purge, Replay } from '../../dead/index.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { DeadCommand } from './arguments.js';
import { type DeadWork, messages } from './output.js';
import { jsonLine } from './printable.js';
import { listMessages } from './view.js';

type Of<Kind extends DeadCommand['kind']> = Extract<DeadCommand, { kind: Kind }>;

/** Failures to list one by one: when a queue is gone, all messages fail in the same way. */
const LISTED_FAILURES = 10;

export async function replay(command: Of<'replay'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const { selection, limit } = command;
  if (command.isDryRun) {
    const count = await listMessages(command, work);
    output.note(`would replay ${count} of ${messages(letters.count)} of "${letters.queue}"; nothing was changed`);
    return signal.aborted ? EXIT.failed : EXIT.ok;
  }
  const isAll = selection.ids.length + selection.conditions.length === 0;
  const progress = output.progress(
    'replaying',
    isAll ? Math.min(limit ?? letters.count, letters.count) : letters.count,
  );
  const found = new Set<string>();
  const run = new Replay(letters, {
    selection,
    limit,
    signal,
    onRead: (read) => progress.update(read),
    onSelected: ({ id }) => found.add(id),
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
    // Report what was done even if the connection was lost.
    await printOutcome(run, { isComplete: isRead && !signal.aborted }, work);
  }
  const missing = signal.aborted ? [] : selection.ids.filter((id) => !found.has(id));
  if (limit === undefined) for (const id of missing) output.note(`no message of "${letters.queue}" has the id "${id}"`);
  const isDone = run.outcome.failed === 0 && !signal.aborted && (missing.length === 0 || limit !== undefined);
  return isDone ? EXIT.ok : EXIT.failed;
}

export async function purgeAll({ isConfirmed }: Of<'purge'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const { queue, count } = letters;
  if (!isConfirmed) {
    if (!output.isInteractive) {
      output.note(
        `purge deletes messages permanently, and there is no terminal to ask on: pass --yes to purge "${queue}"`,
      );
      return EXIT.usage;
    }
    const answer = await output.ask(`Really delete ${messages(count)} of "${queue}"? Type the queue's name: `, signal);
    if (answer !== queue) {
      output.note('nothing was deleted');
      return EXIT.failed;
    }
  }
  const progress = output.progress('deleting', count);
  const removed = await purge(letters, { signal, onRemoved: (done) => progress.update(done) });
  progress.clear();
  const isInterrupted = signal.aborted;
  if (output.format === 'json')
    await output.print(jsonLine({ queue, total: count, deleted: removed, interrupted: isInterrupted }));
  else await output.print(`deleted ${removed} of ${messages(count)} of "${queue}"`);
  return isInterrupted ? EXIT.failed : EXIT.ok;
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
