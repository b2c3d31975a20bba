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
 *     none ── the thread has an SDK ──▶ open ── consume ended ──▶ ended
 *       │                           └──▶ unsampled
 *       └── no SDK there: the main thread makes the span
 */
export type ThreadSpan = { readonly state: 'none' | 'unsampled' | 'ended' } | ({ readonly state: 'open' } & SpanIds);

const CELL = { state: 0, ids: 1, size: 8 } as const;
const STATE = { none: 0, unsampled: 1, open: 2, ended: 3 } as const;
const ID_WORDS = 6;
const TRACE_DIGITS = 32;
const WORD_DIGITS = 8;

const NONE: ThreadSpan = { state: 'none' };
const UNSAMPLED: ThreadSpan = { state: 'unsampled' };
const ENDED: ThreadSpan = { state: 'ended' };

/** The worker's side. */
export class WorkerSpanCells {
  private readonly words: Uint32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Uint32Array(memory);
  }

  /** @param ids undefined: it is not sampled */
  opened(cell: number, ids: SpanIds | undefined): void {
    const at = cell * CELL.size;
    if (ids !== undefined) {
      const digits = ids.traceId + ids.spanId;
      for (let word = 0; word < ID_WORDS; word++) {
        const start = word * WORD_DIGITS;
        this.words[at + CELL.ids + word] = Number.parseInt(digits.slice(start, start + WORD_DIGITS), 16);
      }
    }
    this.words[at + CELL.state] = ids === undefined ? STATE.unsampled : STATE.open;
  }

  ended(cell: number): void {
    this.words[cell * CELL.size + CELL.state] = STATE.ended;
  }
}

/** The main thread's side. */
export class SpanCells {
  readonly memory: SharedArrayBuffer;
  private readonly words: Uint32Array;

  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer(capacity * CELL.size * Uint32Array.BYTES_PER_ELEMENT);
    this.words = new Uint32Array(this.memory);
  }

  clear(cell: number): void {
    this.words[cell * CELL.size + CELL.state] = STATE.none;
  }

  read(cell: number): ThreadSpan {
    const at = cell * CELL.size;
    switch (this.words[at + CELL.state]) {
      case STATE.unsampled:
        return UNSAMPLED;
      case STATE.ended:
        return ENDED;
      case STATE.open: {
        const words = this.words.subarray(at + CELL.ids, at + CELL.ids + ID_WORDS);
        const digits = Array.from(words, (word) => word.toString(16).padStart(WORD_DIGITS, '0')).join('');
        return { state: 'open', traceId: digits.slice(0, TRACE_DIGITS), spanId: digits.slice(TRACE_DIGITS) };
      }
      default:
        return NONE;
    }
  }
}
