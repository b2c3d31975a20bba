import { spanOf } from './table.js';
import { fieldsOf, textOf } from './views.js';

/** Where a thread is, for people. */
export function stackLines(result: unknown): string[] {
  const { thread, group, text, message } = fieldsOf(result);
  return [`thread ${textOf(thread)} of ${textOf(group)}${whileRunning(message)}`, ...indented(textOf(text))];
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

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}

function sizeOf(bytes: unknown): string {
  if (typeof bytes !== 'number') return '-';
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
