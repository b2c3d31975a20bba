import { Fifo } from '../waiting/index.js';

/**
 * Delivery tags without an answer, of which the lowest must be known at any time. Tags count up and nearly all are answered
 * in their order: a queue of them, and those that were answered before their turn. A Set of them all took 66 ns a message
 * in place of 8 (`npm run bench:micro`).
 */
export class OpenTags {
  private tags = new Fifo<number>();
  /** Answered while a lower one is open. */
  private readonly early = new Set<number>();

  get size(): number {
    return this.tags.length - this.early.size;
  }

  get lowest(): number | undefined {
    return this.tags.first;
  }

  /** @param tag higher than any before */
  add(tag: number): void {
    this.tags.push(tag);
  }

  remove(tag: number): void {
    const { first = Number.POSITIVE_INFINITY } = this.tags;
    if (tag > first) this.early.add(tag);
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
}
