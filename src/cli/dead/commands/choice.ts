import type { ChosenMessages, Selection } from '../../../dead/index.js';
import type { DeadWork } from '../dead-work.js';

export interface Wanted {
  readonly selection: Selection;
  readonly limit: number | undefined;
}

/** Reads the queue and chooses: a dry run and the run after it go this same way. */
export async function choose(
  { selection, limit }: Wanted,
  { letters, output, signal }: DeadWork,
): Promise<ChosenMessages> {
  const progress = output.progress('reading', letters.count);
  try {
    return await letters.choose({ selection, limit, signal, onRead: (read) => progress.update(read) });
  } finally {
    progress.clear();
  }
}

/** Says which ids were not found; true when there are some, and no limit explains it. */
export async function reportMissing(
  { selection, limit }: Wanted,
  chosen: ChosenMessages,
  { letters, output, signal }: DeadWork,
): Promise<boolean> {
  if (signal.aborted || limit !== undefined || selection.ids.length === 0) return false;
  const found = new Set<string>();
  for await (const { id } of chosen.messages()) found.add(id);
  const missing = selection.ids.filter((id) => !found.has(id));
  for (const id of missing) output.note(`no message of "${letters.queue}" has the id "${id}"`);
  return missing.length > 0;
}
