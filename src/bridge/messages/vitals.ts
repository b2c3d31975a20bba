/** A thread's heap figures, in shared memory: one that runs out of memory dies without a last word. */
export interface HeapFigures {
  readonly usedMb: number;
  readonly limitMb: number;
  /** Outside the heap, Buffers above all. */
  readonly externalMb: number;
}

/** In bytes. */
interface HeapNote {
  readonly used: number;
  readonly limit: number;
  readonly external: number;
  readonly overLimit: number;
}

const OVER_LIMIT = 3;
const ENDS = 4;
const FIELDS = 5;
const BYTES_PER_MB = 1024 * 1024;

/** The worker notes figures, and the main thread reads them. */
export class Vitals {
  readonly memory: SharedArrayBuffer;
  private readonly figures: Float64Array;

  constructor(memory = new SharedArrayBuffer(FIELDS * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.figures = new Float64Array(memory);
  }

  note({ used, limit, external, overLimit }: HeapNote): void {
    this.figures.set([used, limit, external, overLimit]);
  }

  /** By either side: nobody may look into a thread that is being freed. */
  noteEnd(): void {
    this.figures[ENDS] = 1;
  }

  get isEnding(): boolean {
    return this.figures[ENDS] === 1;
  }

  read(): HeapFigures | undefined {
    const [usedMb = 0, limitMb = 0, externalMb = 0] = [...this.figures].map((bytes) =>
      Math.round(bytes / BYTES_PER_MB),
    );
    return limitMb === 0 ? undefined : { usedMb, limitMb, externalMb };
  }

  /** MiB that a full collection left, once that was too much. */
  get overLimitMb(): number | undefined {
    const bytes = this.figures[OVER_LIMIT] ?? 0;
    return bytes === 0 ? undefined : Math.round(bytes / BYTES_PER_MB);
  }
}
