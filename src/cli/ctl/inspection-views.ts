import { spanOf } from './table.js';
import { type Fields, fieldsOf, listOf, textOf } from './views.js';

/**
 * Where a thread is, for people. Folds neighbouring frames of Node.js and of the daemon into one line, unless there are no
 * others.
 * @param options `all`: folds none
 */
export function stackLines(result: unknown, { all }: { readonly all: boolean }): string[] {
  const { thread, group, text, message, frames } = fieldsOf(result);
  const head = `thread ${textOf(thread)} of ${textOf(group)}${whileRunning(message)}`;
  const list = listOf(frames);
  if (all || list.every(isInternal)) return [head, ...indented(textOf(text).split('\n'))];
  return [head, ...indented(runsOf(list).flatMap(linesOfRun))];
}

/** The file that was written, for people. */
export function fileLines(result: unknown): string[] {
  const { file, bytes } = fieldsOf(result);
  return [`wrote ${textOf(file)} (${sizeOf(bytes)})`];
}

function whileRunning(message: unknown): string {
  const { id, name, queue, runningMs } = fieldsOf(message);
  if (id === undefined) return ' runs no message';
  return ` runs message ${textOf(id)} of ${textOf(name)} on "${textOf(queue)}" for ${spanOf(runningMs)}`;
}

/** Neighbours that are internal, or are not. */
function runsOf(frames: readonly Fields[]): readonly (readonly Fields[])[] {
  const runs: Fields[][] = [];
  for (const frame of frames) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && isInternal(last[0]) === isInternal(frame)) last.push(frame);
    else runs.push([frame]);
  }
  return runs;
}

/** One frame is as short as the line that would replace it. */
function linesOfRun(run: readonly Fields[]): readonly string[] {
  return run.length > 1 && run.every(isInternal) ? [`… ${run.length} frames of ${ownersOf(run)}`] : run.map(frameLine);
}

function ownersOf(run: readonly Fields[]): string {
  const ofNode = run.filter(({ file }) => textOf(file).startsWith('node:')).length;
  if (ofNode === 0) return 'amqp-dispatcher';
  return ofNode === run.length ? 'Node.js' : 'Node.js and amqp-dispatcher';
}

function frameLine({ function: name, file, line, column }: Fields): string {
  return `${textOf(name)} (${textOf(file)}:${textOf(line)}:${textOf(column)})`;
}

function isInternal({ isInternal: isTheirs }: Fields): boolean {
  return isTheirs === true;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function sizeOf(bytes: unknown): string {
  if (typeof bytes !== 'number') return '-';
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
