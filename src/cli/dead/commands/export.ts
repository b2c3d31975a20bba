import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChosenMessages, lineOf, removeChosen } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { CommandOf } from '../arguments/dead-command.js';
import { type DeadWork, messages } from '../output/output.js';
import { jsonLine } from '../output/printable.js';
import { choose, reportMissing } from './choice.js';

/** Messages of foreign users are nobody else's business. */
const OWNER_ONLY = 0o600;
const UNFINISHED = '.part';

export async function exportMessages(command: CommandOf<'export'>, work: DeadWork): Promise<ExitCode> {
  const { letters, output, signal } = work;
  const { output: file } = command;
  if (file !== undefined && (await exists(file))) {
    output.note(`"${file}" exists; nothing was exported`);
    return EXIT.failed;
  }
  const chosen = await choose(command, work);
  const isMissing = await reportMissing(command, chosen, work);
  if (file === undefined) {
    for await (const { taken } of chosen.messages()) await output.print(jsonLine(lineOf(taken, letters.queue)));
    output.note(summary(chosen, work));
    return signal.aborted || isMissing ? EXIT.failed : EXIT.ok;
  }
  try {
    await write(file, chosen, work);
  } catch (error) {
    output.note(`cannot write "${file}": ${messageOf(error)}; nothing was removed`);
    return EXIT.failed;
  }
  if (signal.aborted) {
    output.note(`interrupted; "${file}" was not written, and nothing was removed`);
    return EXIT.failed;
  }
  output.note(`${summary(chosen, work)} to "${file}"`);
  if (!command.removes) return isMissing ? EXIT.failed : EXIT.ok;
  // The file is on disk: from here on a kill leaves a message in both places at worst.
  let removed = 0;
  try {
    await removeChosen(letters, chosen, { signal, onRemoved: (done) => (removed = done) });
  } finally {
    output.note(`removed ${removed} of ${messages(chosen.count)}`);
  }
  return removed === chosen.count && !isMissing ? EXIT.ok : EXIT.failed;
}

function summary({ count }: ChosenMessages, { letters, signal }: DeadWork): string {
  const interruption = signal.aborted ? 'interrupted; ' : '';
  return `${interruption}exported ${count} of ${messages(letters.count)} of "${letters.queue}"`;
}

/** The name appears when everything under it is on disk. */
async function write(file: string, chosen: ChosenMessages, { letters, signal }: DeadWork): Promise<void> {
  const handle = await open(`${file}${UNFINISHED}`, 'w', OWNER_ONLY);
  try {
    for await (const { taken } of chosen.messages()) await handle.write(`${jsonLine(lineOf(taken, letters.queue))}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (signal.aborted) return;
  await rename(`${file}${UNFINISHED}`, file);
  await syncFolder(dirname(file));
}

/** Without it a power cut can lose the name. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}
