import { Fifo } from '../../timing/index.js';

/** So many that were answered early may be remembered, or as many as are open. */
const MOST_EARLY = 64;

/**
 * Delivery tags without an answer, of which the lowest must be known at any time. Tags count up and nearly all are answered
 * in their order: a queue of them, and those that were answered before their turn. A Set of them all took 66 ns a message
 * in place of 8 (`npm run bench:micro`).
 */
export class OpenTags {
  private tags = new Fifo<number>();
  /** Answered while a lower one is open, and still in the queue. */
  private readonly early = new Set<number>();

  get size(): number {
    return this.tags.length - this.early.size;
  }

  get lowest(): number | undefined {
    return this.tags.first;
  }

  /** All that are open, lowest first. */
  list(): number[] {
    return [...this.tags].filter((tag) => !this.early.has(tag));
  }

  /** @param tag higher than any before */
  add(tag: number): void {
    this.tags.push(tag);
  }

  /** @param tag one that is open */
  remove(tag: number): void {
    const { first = Number.POSITIVE_INFINITY } = this.tags;
    if (tag > first) this.removeEarly(tag);
    if (tag !== first) return;
    this.tags.shift();
    for (let next = this.tags.first; next !== undefined && this.early.delete(next); next = this.tags.first) {
      this.tags.shift();
    }
  }

  clear(): void {
    this.tags = new Fifo();
    this.early.clear();
  }

  /** Behind one that runs for hours there may be millions: they leave the queue now and then. */
  private removeEarly(tag: number): void {
    this.early.add(tag);
    if (this.early.size <= Math.max(MOST_EARLY, this.size)) return;
    this.tags = new Fifo(this.tags.take().filter((each) => !this.early.has(each)));
    this.early.clear();
  }
}
