import { parseRecordLines } from '../../test/support/json-record.js';

/** One line of a thread's file: it has begun `lapEvery` more messages. */
export interface Lap {
  /** By the monotonic clock, which all threads and processes of a machine share. */
  readonly atMs: number;
  /** Processor time of the whole process so far: main thread, workers, and the threads of the runtime. */
  readonly cpuMicroseconds: number;
  /** Processor time of the main thread alone; undefined where there is no /proc. */
  readonly mainCpuMicroseconds?: number;
}

/** Which part of the messages counts. */
export interface LapWindow {
  readonly lapEvery: number;
  /** Messages before the measured ones. */
  readonly warmUp: number;
  readonly messages: number;
}

/** What one round of one contestant came to. */
export interface RoundFigures {
  /** Messages per second. */
  readonly rate: number;
  /** For each message, of the whole process. */
  readonly cpuMicroseconds: number;
  /** For each message, of its main thread; undefined where there is no /proc. */
  readonly mainCpuMicroseconds: number | undefined;
}

/** Reads a thread's file; a line that is not whole yet is left out. */
export function parseLaps(text: string): Lap[] {
  return parseRecordLines(text).map(({ atMs, cpuMicroseconds, mainCpuMicroseconds }) => ({
    atMs: Number(atMs),
    cpuMicroseconds: Number(cpuMicroseconds),
    ...(typeof mainCpuMicroseconds === 'number' && { mainCpuMicroseconds }),
  }));
}

/**
 * Merges the laps of all threads by their time: no thread knows how many messages the others had. Undefined as long as
 * the last measured message is not among them.
 */
export function mergeLaps(laps: readonly Lap[], { lapEvery, warmUp, messages }: LapWindow): RoundFigures | undefined {
  const sorted = laps.toSorted((left, right) => left.atMs - right.atMs);
  const firstIndex = Math.max(1, Math.ceil(warmUp / lapEvery)) - 1;
  const lastIndex = Math.ceil((warmUp + messages) / lapEvery) - 1;
  const [first, last] = [sorted[firstIndex], sorted[lastIndex]];
  if (first === undefined || last === undefined || lastIndex <= firstIndex) return undefined;
  const counted = (lastIndex - firstIndex) * lapEvery;
  const { mainCpuMicroseconds: mainBefore } = first;
  const { mainCpuMicroseconds: mainAfter } = last;
  const knowsMain = mainBefore !== undefined && mainAfter !== undefined;
  return {
    rate: (counted / (last.atMs - first.atMs)) * 1000,
    cpuMicroseconds: (last.cpuMicroseconds - first.cpuMicroseconds) / counted,
    mainCpuMicroseconds: knowsMain ? (mainAfter - mainBefore) / counted : undefined,
  };
}
