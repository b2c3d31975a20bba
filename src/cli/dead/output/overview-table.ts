import type { DeadSummary } from '../../../dead/index.js';
import { printableLine } from '../../output/printable.js';
import { cutToWidth, padToWidth, textWidth } from '../../output/text-width.js';

const NARROWEST_NAME = 12;
const COUNT_WIDTH = 8;

/** Formats the counts of several queues: a line for each queue, and one for each of its errors. */
export function overviewLines(summaries: readonly DeadSummary[], columns: number): string[] {
  const names = summaries.map(({ queue }) => textWidth(printableLine(queue)));
  const width = Math.max(NARROWEST_NAME, Math.min(Math.max(...names, 0), columns - 2 * COUNT_WIDTH));
  const line = (name: string, count: number, rest: string): string =>
    cutToWidth(
      `${padToWidth(cutToWidth(name, width), width)}${String(count).padStart(COUNT_WIDTH)}  ${rest}`.trimEnd(),
      columns,
    );
  return summaries.flatMap(({ queue, messages, oldest, newest, errors }) => [
    line(
      printableLine(queue),
      messages,
      oldest === undefined ? '' : `${seconds(oldest)} to ${seconds(newest ?? oldest)}`,
    ),
    ...errors.map(({ error, messages: count }) => line('', count, printableLine(error))),
  ]);
}

/** The header has a resolution of seconds. */
function seconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
