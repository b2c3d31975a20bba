import { parseRecordLines } from '../../test/support/json-record.js';

/** One line of a thread's file, written each time the thread has begun `sampleEvery` more messages. */
export interface Sample {
  /** On the monotonic clock, which all threads and processes of a machine share. */
  readonly atMs: number;
  /** Processor time of the whole process so far: main thread, workers and the runtime's own threads. */
  readonly cpuMicroseconds: number;
  /** Processor time of the main thread alone; undefined where there is no /proc. */
  readonly mainCpuMicroseconds?: number;
}

/** Which messages of a round are measured. */
export interface SampleWindow {
  readonly sampleEvery: number;
  /** Messages before the measured ones. */
  readonly warmUp: number;
  readonly messages: number;
}

/** The result of one contestant in one round. */
export interface RoundFigures {
  /** Messages per second. */
  readonly rate: number;
  /** Processor time for each message, whole process. */
  readonly cpuMicroseconds: number;
  /** Processor time for each message, main thread; undefined where there is no /proc. */
  readonly mainCpuMicroseconds: number | undefined;
}

/** Reads a thread's file and skips a line that is still being written. */
export function parseSamples(text: string): Sample[] {
  return parseRecordLines(text).map(({ atMs, cpuMicroseconds, mainCpuMicroseconds }) => ({
    atMs: Number(atMs),
    cpuMicroseconds: Number(cpuMicroseconds),
    ...(typeof mainCpuMicroseconds === 'number' && { mainCpuMicroseconds }),
  }));
}

/**
 * Merges the samples of all threads by time, since no thread knows how many messages the others had. Undefined until the last
 * measured message has begun.
 */
export function mergeSamples(
  samples: readonly Sample[],
  { sampleEvery, warmUp, messages }: SampleWindow,
): RoundFigures | undefined {
  const sorted = samples.toSorted((left, right) => left.atMs - right.atMs);
  const firstIndex = Math.max(1, Math.ceil(warmUp / sampleEvery)) - 1;
  const lastIndex = Math.ceil((warmUp + messages) / sampleEvery) - 1;
  const [first, last] = [sorted[firstIndex], sorted[lastIndex]];
  if (first === undefined || last === undefined || lastIndex <= firstIndex) return undefined;
  const counted = (lastIndex - firstIndex) * sampleEvery;
  const { mainCpuMicroseconds: mainBefore } = first;
  const { mainCpuMicroseconds: mainAfter } = last;
  const knowsMain = mainBefore !== undefined && mainAfter !== undefined;
  return {
    rate: (counted / (last.atMs - first.atMs)) * 1000,
    cpuMicroseconds: (last.cpuMicroseconds - first.cpuMicroseconds) / counted,
    mainCpuMicroseconds: knowsMain ? (mainAfter - mainBefore) / counted : undefined,
  };
}
