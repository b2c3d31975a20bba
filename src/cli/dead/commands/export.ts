import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChosenMessages, lineOf, removeChosen } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { messages } from '../../output/command-output.js';
import { jsonLine } from '../../output/printable.js';
import type { CommandOf } from '../arguments/dead-command.js';
import type { DeadWork } from '../dead-work.js';
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
  let begun = 0;
  let removed = 0;
  try {
    removed = await removeChosen(letters, chosen, { signal, onRemoved: (done) => (begun = done) });
  } catch (error) {
    output.note(`removed at most ${begun} of ${messages(chosen.count)}: the file has all of them`);
    throw error;
  }
  output.note(`removed ${removed} of ${messages(chosen.count)}`);
  return removed === chosen.count && !isMissing ? EXIT.ok : EXIT.failed;
}

function summary({ count }: ChosenMessages, { letters, signal }: DeadWork): string {
  const interruption = signal.aborted ? 'interrupted; ' : '';
  return `${interruption}exported ${count} of ${messages(letters.count)} of "${letters.queue}"`;
}

/**
 * The name appears when everything under it is on disk. The unfinished file, which only one export can create, also
 * keeps two exports from writing one file.
 */
async function write(file: string, chosen: ChosenMessages, { letters, signal }: DeadWork): Promise<void> {
  const unfinished = `${file}${UNFINISHED}`;
  const handle = await create(unfinished);
  try {
    if (await exists(file)) throw new Error('another export has just written it');
    try {
      // Not `write`, which may write a part and say nothing.
      for await (const { taken } of chosen.messages())
        await handle.writeFile(`${jsonLine(lineOf(taken, letters.queue))}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!signal.aborted) {
      await rename(unfinished, file);
      await syncFolder(dirname(file));
    }
  } finally {
    // After the rename there is none.
    if (await exists(unfinished)) await rm(unfinished);
  }
}

async function create(unfinished: string): Promise<FileHandle> {
  try {
    return await open(unfinished, 'wx', OWNER_ONLY);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      const remedy = `delete it unless another export is running`;
      throw new Error(`"${unfinished}" exists, from an export that runs or was killed (${remedy})`, { cause: error });
    }
    throw error;
  }
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
