import type { SampleWindow } from '../statistics/samples.js';
import type { Workload } from '../workloads/workload.js';

/** Samples in one slice. */
const SAMPLES = 100;
/** Part of a slice that is not measured: the process has just been woken, and its timers are due. */
const HEAD = 0.1;

type Size = Pick<Workload, 'messages' | 'warmUp' | 'threads'>;

/** The measured messages of a slice, counted from 0, in the count of a process that has had all slices before. */
export function windowOf(slice: number, size: Size): SampleWindow {
  const { messages, warmUp } = size;
  // The spare messages run in an earlier slice or at the start of this one.
  const head = Math.ceil(messages * HEAD) + spareOf(size);
  return {
    sampleEvery: sampleEveryOf(size),
    warmUp: warmUp + slice * messages + head,
    messages: messages - head,
  };
}

/** The contestants in the order of a slice. Every second slice goes backwards, so that none always follows the same one. */
export function inOrderOf<Contestant>(slice: number, contestants: readonly Contestant[]): readonly Contestant[] {
  const inTurn = rotated(contestants, Math.floor(slice / 2));
  return slice % 2 === 0 ? inTurn : inTurn.toReversed();
}

/** The same list, begun at another place. */
export function rotated<Item>(list: readonly Item[], by: number): readonly Item[] {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

export function sampleEveryOf({ messages }: Size): number {
  return Math.max(1, Math.floor(messages / SAMPLES));
}

/** Each thread may have counted nearly `sampleEvery` messages since its last sample, so the queue needs that many more. */
export function spareOf(size: Size): number {
  return (size.threads + 1) * sampleEveryOf(size);
}
