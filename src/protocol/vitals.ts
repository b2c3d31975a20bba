/**
 * The heap figures of a thread, in shared memory: a thread that runs out of memory dies without a last word, so what it
 * wrote down before is all that can be said.
 */
export interface HeapFigures {
  readonly usedMb: number;
  /** What the heap may grow to. */
  readonly limitMb: number;
  /** Memory outside of the heap that belongs to objects in it, Buffers above all. */
  readonly externalMb: number;
}

/** What a thread notes, in bytes. */
interface HeapNote {
  readonly used: number;
  readonly limit: number;
  readonly external: number;
  readonly isOutgrown: boolean;
}

const FIELDS = 4;
const BYTES_PER_MB = 1024 * 1024;

export class Vitals {
  readonly memory: SharedArrayBuffer;
  private readonly figures: Float64Array;

  constructor(memory = new SharedArrayBuffer(FIELDS * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.figures = new Float64Array(memory);
  }

  /** Notes what the thread uses now, in bytes; `isOutgrown`: what is alive of it is more than it may have. */
  note({ used, limit, external, isOutgrown }: HeapNote): void {
    this.figures.set([used, limit, external, isOutgrown ? 1 : 0]);
  }

  /** What was noted last; nothing before the first time. */
  read(): HeapFigures | undefined {
    const [usedMb = 0, limitMb = 0, externalMb = 0] = [...this.figures].map((bytes) =>
      Math.round(bytes / BYTES_PER_MB),
    );
    return limitMb === 0 ? undefined : { usedMb, limitMb, externalMb };
  }

  /** True once the thread has found that what is alive in its heap is more than it may have. */
  get isOutgrown(): boolean {
    return this.figures[FIELDS - 1] === 1;
  }
}
