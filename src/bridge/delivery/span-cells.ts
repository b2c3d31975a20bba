/**
 * Which span a thread has open for a delivery, in shared memory beside its claim's cell: when the thread dies, the main
 * thread can still end the span.
 */

/** Both ids in lower-case hexadecimal. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * The span of a delivery in its thread.
 *
 *     none: no SDK there, the main thread makes the span
 *     unsampled ── the thread samples it ──▶ open ── consume ended ──▶ ended
 */
export type ThreadSpan = { readonly state: 'none' | 'unsampled' | 'ended' } | ({ readonly state: 'open' } & SpanIds);

/** In front of the cells; its first word is 1 if the thread has an SDK. */
const HEAD_SIZE = 8;
const CELL = { state: 0, ids: 1, size: 8 } as const;
const STATE = { empty: 0, open: 1, ended: 2 } as const;
const ID_WORDS = 6;
const TRACE_DIGITS = 32;
const WORD_DIGITS = 8;

const NONE: ThreadSpan = { state: 'none' };
const UNSAMPLED: ThreadSpan = { state: 'unsampled' };
const ENDED: ThreadSpan = { state: 'ended' };

/** The worker's side. */
export class WorkerSpanCells {
  private readonly words: Uint32Array;

  /** Tells the main thread that this one has an SDK. */
  constructor(memory: SharedArrayBuffer) {
    this.words = new Uint32Array(memory);
    this.words[0] = 1;
  }

  /** Not for a delivery that is not sampled: most are not, and a write costs both threads a cache miss. */
  opened(cell: number, { traceId, spanId }: SpanIds): void {
    const at = startOf(cell);
    const digits = traceId + spanId;
    for (let word = 0; word < ID_WORDS; word++) {
      const start = word * WORD_DIGITS;
      this.words[at + CELL.ids + word] = Number.parseInt(digits.slice(start, start + WORD_DIGITS), 16);
    }
    this.words[at + CELL.state] = STATE.open;
  }

  ended(cell: number): void {
    this.words[startOf(cell) + CELL.state] = STATE.ended;
  }
}

/** The main thread's side. */
export class SpanCells {
  readonly memory: SharedArrayBuffer;
  private readonly words: Uint32Array;

  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer((HEAD_SIZE + capacity * CELL.size) * Uint32Array.BYTES_PER_ELEMENT);
    this.words = new Uint32Array(this.memory);
  }

  clear(cell: number): void {
    const at = startOf(cell) + CELL.state;
    if (this.words[at] !== STATE.empty) this.words[at] = STATE.empty;
  }

  read(cell: number): ThreadSpan {
    const at = startOf(cell);
    switch (this.words[at + CELL.state]) {
      case STATE.ended:
        return ENDED;
      case STATE.open: {
        const words = this.words.subarray(at + CELL.ids, at + CELL.ids + ID_WORDS);
        const digits = Array.from(words, (word) => word.toString(16).padStart(WORD_DIGITS, '0')).join('');
        return { state: 'open', traceId: digits.slice(0, TRACE_DIGITS), spanId: digits.slice(TRACE_DIGITS) };
      }
      default:
        return this.words[0] === 1 ? UNSAMPLED : NONE;
    }
  }
}

function startOf(cell: number): number {
  return HEAD_SIZE + cell * CELL.size;
}
