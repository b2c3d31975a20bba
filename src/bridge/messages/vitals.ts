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
  /** What a full collection has left, once that was more than the thread may have; before that nothing. */
  readonly outgrown: number;
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

  /** Notes what the thread uses now. */
  note({ used, limit, external, outgrown }: HeapNote): void {
    this.figures.set([used, limit, external, outgrown]);
  }

  /** What was noted last; nothing before the first time. */
  read(): HeapFigures | undefined {
    const [usedMb = 0, limitMb = 0, externalMb = 0] = [...this.figures].map((bytes) =>
      Math.round(bytes / BYTES_PER_MB),
    );
    return limitMb === 0 ? undefined : { usedMb, limitMb, externalMb };
  }

  /** What is alive in the thread's heap, in MiB, once it has found that to be more than it may have. */
  get outgrownMb(): number | undefined {
    const bytes = this.figures[FIELDS - 1] ?? 0;
    return bytes === 0 ? undefined : Math.round(bytes / BYTES_PER_MB);
  }
}
