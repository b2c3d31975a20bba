import type { Spread } from '../statistics.js';

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
    ...idle.map(({ threads, residentBytes }) => row(`idle, ${threads} threads`, mebibytes(residentBytes.median))),
    row('each further thread', `${mebibytes(perThreadBytes)}: a runtime of its own, with the modules it loads`),
    ...waiting.map((held) => row(`${held.messages} messages wait`, parts(held))),
    row(`each 1000 of ${bodyBytes} bytes`, parts(each)),
    'heap, buffers: of the main thread after a collection. Heap: a delivery and its properties for each message.',
    'Buffers: the bodies, as views into what the socket read. The rest is the young generation, grown to its bound.',
  ];
}

function parts({ residentBytes, collectedBytes, heapBytes, bufferBytes }: HeldBytes): string {
  const [resident, collected, heap, buffers] = [residentBytes, collectedBytes, heapBytes, bufferBytes].map(mebibytes);
  return `${resident} resident, ${collected} after a collection: heap ${heap}, buffers ${buffers}`;
}

function row(name: string, text: string): string {
  return `${name.padEnd(26)} ${text}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
