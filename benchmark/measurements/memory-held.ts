import { formatFigure, formatMebibytes, formatTable } from '../results/text-table.js';
import type { Spread } from '../statistics/spread.js';

/** Resident memory of the daemon, and where it goes. All in bytes. */
export interface Memory {
  readonly idle: readonly IdleMemory[];
  /** What each further thread costs. */
  readonly perThreadBytes: number;
  readonly waiting: readonly WaitingMemory[];
  readonly bodyBytes: number;
  readonly perThousandWaiting: HeldBytes;
}

export interface IdleMemory {
  readonly threads: number;
  readonly residentBytes: Spread;
}

export interface HeldBytes {
  /** Of the whole process, as the system sees it, garbage included. */
  readonly residentBytes: number;
  /** The same after a collection of the main thread's garbage. */
  readonly collectedBytes: number;
  /** JavaScript objects of the main thread, after a collection. */
  readonly heapBytes: number;
  /** Buffers of the main thread, outside its heap, after a collection: the socket's chunks with the bodies. */
  readonly bufferBytes: number;
}

export interface WaitingMemory extends HeldBytes {
  readonly messages: number;
}

/** Lines of a table. */
export function formatMemory(memory: Memory): string[] {
  const { idle, perThreadBytes, waiting, bodyBytes, perThousandWaiting: each } = memory;
  return [
    'MiB; collected: resident after a collection on the main thread. Heap: a delivery and its properties for each message.',
    'Buffers: the bodies, as views into what the socket read. The rest is the young generation, grown to its bound.',
    ...formatTable([
      ['', 'resident', 'collected', 'heap', 'buffers'],
      ...idle.map(({ threads, residentBytes }) => [`idle, ${threads} threads`, formatMebibytes(residentBytes.median)]),
      ['each further thread', formatMebibytes(perThreadBytes)],
      ...waiting.map((held) => [`${formatFigure(held.messages)} messages wait`, ...cells(held)]),
      [`each 1,000 of ${formatFigure(bodyBytes)} bytes`, ...cells(each)],
    ]),
  ];
}

function cells({ residentBytes, collectedBytes, heapBytes, bufferBytes }: HeldBytes): string[] {
  return [residentBytes, collectedBytes, heapBytes, bufferBytes].map((bytes) => formatMebibytes(bytes));
}
