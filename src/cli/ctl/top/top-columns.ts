import { printableLine } from '../../output/printable.js';
import type { Column } from '../../output/table-layout.js';
import { durationOf, rateOf, spanOf } from '../table.js';
import { downOf, type Fields, heapOf, percentOf, textOf } from '../views.js';

/** A column of `ctl top`, on the screen and in plain tables. */
export interface TopColumn extends Column {
  readonly text: (row: Fields) => string;
  /** Sorts by it, the highest first; texts from a to z. Absent: no order. */
  readonly value?: (row: Fields) => unknown;
}

const number = { isNumeric: true, least: 8, most: 8 } as const;

export const ENTRY_COLUMNS: readonly TopColumn[] = [
  { heading: 'ENTRY', least: 8, most: 32, expendable: 0, text: ({ name }) => line(name), value: ({ name }) => name },
  {
    heading: 'QUEUE',
    least: 8,
    most: 32,
    expendable: 6,
    text: ({ queue }) => line(queue),
    value: ({ queue }) => queue,
  },
  {
    heading: 'STATE',
    least: 10,
    most: 14,
    expendable: 3,
    text: ({ state }) => line(state),
    value: ({ state }) => state,
  },
  {
    ...number,
    heading: 'DONE/S',
    expendable: 0,
    text: ({ doneRate }) => rateOf(doneRate),
    value: ({ doneRate }) => doneRate,
  },
  {
    ...number,
    heading: 'FAIL/S',
    expendable: 0,
    text: ({ failedRate }) => rateOf(failedRate),
    value: ({ failedRate }) => failedRate,
  },
  { ...number, heading: 'P50', expendable: 4, text: ({ p50Ms }) => durationOf(p50Ms), value: ({ p50Ms }) => p50Ms },
  { ...number, heading: 'P95', expendable: 1, text: ({ p95Ms }) => durationOf(p95Ms), value: ({ p95Ms }) => p95Ms },
  { ...number, heading: 'RUN', expendable: 0, text: ({ running }) => textOf(running), value: ({ running }) => running },
  {
    ...number,
    heading: 'OLDEST',
    expendable: 2,
    text: ({ running, oldestMs }) => (running === 0 ? '-' : spanOf(oldestMs)),
    value: ({ oldestMs }) => oldestMs,
  },
  {
    ...number,
    heading: 'WAIT',
    expendable: 0,
    text: ({ waiting }) => textOf(waiting),
    value: ({ waiting }) => waiting,
  },
  {
    heading: 'BUSY',
    least: 6,
    most: 24,
    expendable: 5,
    text: ({ busy, up, instances }) => `${textOf(busy)} of ${textOf(up)}${downOf(up, instances)}`,
    value: ({ busy }) => busy,
  },
];

export const THREAD_COLUMNS: readonly TopColumn[] = [
  { ...number, heading: 'THREAD', expendable: 0, text: ({ thread }) => textOf(thread), value: ({ thread }) => thread },
  {
    heading: 'GROUP',
    least: 6,
    most: 32,
    expendable: 2,
    text: ({ group }) => line(group),
    value: ({ group }) => group,
  },
  {
    heading: 'STATE',
    least: 9,
    most: 12,
    expendable: 0,
    text: ({ state }) => line(state),
    value: ({ state }) => state,
  },
  { ...number, heading: 'RUN', expendable: 0, text: ({ running }) => textOf(running), value: ({ running }) => running },
  {
    ...number,
    heading: 'COMPUTES',
    expendable: 0,
    text: ({ utilization }) => percentOf(utilization),
    value: ({ utilization }) => utilization,
  },
  {
    heading: 'HEAP',
    least: 8,
    most: 24,
    expendable: 1,
    text: ({ heapUsedMb, heapLimitMb }) => heapOf(heapUsedMb, heapLimitMb),
    value: ({ heapUsedMb }) => heapUsedMb,
  },
];

/** Rows in the order of a column: the highest number first, texts from a to z, rows without a value last. */
export function sorted(rows: readonly Fields[], { value }: Pick<TopColumn, 'value'>): Fields[] {
  if (value === undefined) return [...rows];
  return rows.toSorted((one, other) => {
    const [left, right] = [value(one), value(other)];
    if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
    return weightOf(right) - weightOf(left);
  });
}

function weightOf(value: unknown): number {
  return typeof value === 'number' ? value : -1;
}

function line(value: unknown): string {
  return printableLine(textOf(value)) || '-';
}
