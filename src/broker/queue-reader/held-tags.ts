/** Unanswered delivery tags, by batch. */
export class HeldTags {
  private batches: Set<number>[] = [];
  private readonly batchOf = new Map<number, Set<number>>();

  beginBatch(): void {
    this.batches.push(new Set());
  }

  add(tag: number): void {
    const batch = this.batches.at(-1);
    if (batch === undefined) throw new RangeError(`tag ${tag} arrived before any batch`);
    batch.add(tag);
    this.batchOf.set(tag, batch);
  }

  remove(tag: number): void {
    this.batchOf.get(tag)?.delete(tag);
    this.batchOf.delete(tag);
  }

  /** The highest tag of each batch that still has one, in order; forgets all tags. */
  takeHighest(): number[] {
    const { batches } = this;
    this.batches = [];
    this.batchOf.clear();
    return batches.filter(({ size }) => size > 0).map((tags) => Math.max(...tags));
  }
}
