import type { Answer } from '../../../src/amqp/wire/index.js';

/**
 * The broker's rule about delivery tags: each may be settled once, `multiple` settles all outstanding up to its tag, and
 * naming a tag that is not outstanding closes the channel (406 PRECONDITION_FAILED, unknown delivery tag).
 */
export class FakeChannel {
  readonly frames: Answer[] = [];
  readonly settled = new Map<number, Answer['answer']>();
  /** Every breach of the broker's rule. */
  readonly violations: string[] = [];
  isClosed = false;
  private readonly outstanding = new Set<number>();

  deliver(tag: number): void {
    this.outstanding.add(tag);
  }

  /** Accepts answers like the channel of an epoch. */
  readonly write = (answers: readonly Answer[]): void => {
    if (this.isClosed) throw new Error('Channel closed');
    for (const answer of answers) this.take(answer);
  };

  private take({ tag, answer, multiple }: Answer): void {
    this.frames.push({ tag, answer, multiple });
    if (!this.outstanding.has(tag)) {
      this.violations.push(`unknown delivery tag ${tag}`);
      return;
    }
    for (const each of multiple ? [...this.outstanding].filter((other) => other <= tag) : [tag]) {
      this.outstanding.delete(each);
      this.settled.set(each, answer);
    }
  }
}
