import { purge, Replay } from '../dead/index.js';
import type { DeadCommand } from './dead-arguments.js';
import { type DeadWork, messages } from './dead-desk.js';
import { listMessages } from './dead-view.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { jsonLine } from './printable.js';

type Of<Kind extends DeadCommand['kind']> = Extract<DeadCommand, { kind: Kind }>;

/** Reasons that are told one by one: a queue that is gone fails all of them in the same way. */
const TOLD_FAILURES = 10;

export async function replay(command: Of<'replay'>, work: DeadWork): Promise<ExitCode> {
  const { letters, desk, signal } = work;
  const { selection, limit } = command;
  if (command.isDryRun) {
    const count = await listMessages(command, work);
    desk.tell(`would replay ${count} of ${messages(letters.count)} of "${letters.queue}"; nothing was changed`);
    return signal.aborted ? EXIT.failed : EXIT.ok;
  }
  const isAll = selection.ids.length + selection.conditions.length === 0;
  const progress = desk.progress('replaying', isAll ? Math.min(limit ?? letters.count, letters.count) : letters.count);
  const found = new Set<string>();
  const run = new Replay(letters, {
    selection,
    limit,
    signal,
    onRead: (read) => progress.update(read),
    onSelected: ({ id }) => found.add(id),
    onFailed: ({ id }, why) => {
      progress.clear();
      if (run.outcome.failed <= TOLD_FAILURES) desk.tell(`${id} stays in "${letters.queue}": ${why}`);
    },
  });
  let isRead = false;
  try {
    await run.run();
    isRead = true;
  } finally {
    progress.clear();
    // What was done is done, also when the connection was lost over it.
    await tellOutcome(run, { isComplete: isRead && !signal.aborted }, work);
  }
  const missing = signal.aborted ? [] : selection.ids.filter((id) => !found.has(id));
  if (limit === undefined) for (const id of missing) desk.tell(`no message of "${letters.queue}" has the id "${id}"`);
  const isDone = run.outcome.failed === 0 && !signal.aborted && (missing.length === 0 || limit !== undefined);
  return isDone ? EXIT.ok : EXIT.failed;
}

export async function purgeAll({ isAgreed }: Of<'purge'>, work: DeadWork): Promise<ExitCode> {
  const { letters, desk, signal } = work;
  const { queue, count } = letters;
  if (!isAgreed) {
    if (!desk.isAttended) {
      desk.tell(`purge deletes messages for good, and there is no terminal to ask on: say --yes to purge "${queue}"`);
      return EXIT.usage;
    }
    const answer = await desk.ask(`Really delete ${messages(count)} of "${queue}"? Type the queue's name: `, signal);
    if (answer !== queue) {
      desk.tell('nothing was deleted');
      return EXIT.failed;
    }
  }
  const progress = desk.progress('deleting', count);
  const removed = await purge(letters, { signal, onRemoved: (done) => progress.update(done) });
  progress.clear();
  const isInterrupted = signal.aborted;
  if (desk.format === 'json')
    await desk.print(jsonLine({ queue, total: count, deleted: removed, interrupted: isInterrupted }));
  else await desk.print(`deleted ${removed} of ${messages(count)} of "${queue}"`);
  return isInterrupted ? EXIT.failed : EXIT.ok;
}

async function tellOutcome(
  { outcome: { replayed, failed } }: Replay,
  { isComplete }: { readonly isComplete: boolean },
  { letters: { queue, count }, desk }: DeadWork,
): Promise<void> {
  if (failed > TOLD_FAILURES) desk.tell(`and ${failed - TOLD_FAILURES} more`);
  if (desk.format === 'json') {
    return desk.print(jsonLine({ queue, total: count, replayed, failed, interrupted: !isComplete }));
  }
  const failures = failed === 0 ? '' : `; ${failed} could not be replayed`;
  const interruption = isComplete ? '' : '; interrupted';
  await desk.print(`replayed ${replayed} of ${messages(count)} of "${queue}"${failures}${interruption}`);
}
