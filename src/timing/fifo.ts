const FIRST_CAPACITY = 8;
/** So that a burst of a million items does not leave megabytes behind. */
const MOST_KEPT = 4096;

/**
 * A first-in, first-out queue. `shift` takes 9 ns at any length; `Array.shift` took 230 ns for the 64 deliveries of a
 * slot (`npm run bench:micro`).
 */
export class Fifo<Item> implements Iterable<Item> {
  /** The length is a power of two; empty cells are undefined, to keep nothing alive. */
  private ring: (Item | undefined)[] = emptyRing(FIRST_CAPACITY);
  private head = 0;
  private size = 0;

  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.push(item);
  }

  get length(): number {
    return this.size;
  }

  get first(): Item | undefined {
    return this.ring[this.head];
  }

  push(item: Item): number {
    if (this.size === this.ring.length) this.grow();
    this.ring[this.at(this.size)] = item;
    return ++this.size;
  }

  shift(): Item | undefined {
    const item = this.ring[this.head];
    if (this.size === 0) return undefined;
    this.ring[this.head] = undefined;
    this.head = this.at(1);
    this.size--;
    if (this.size === 0 && this.ring.length > MOST_KEPT) this.clear();
    return item;
  }

  /** Removes an item, in constant time if it is the newest; returns false if absent. */
  remove(item: Item): boolean {
    const last = this.size - 1;
    if (last >= 0 && this.ring[this.at(last)] === item) {
      this.ring[this.at(last)] = undefined;
      this.size = last;
      return true;
    }
    let place = 0;
    while (place < last && this.ring[this.at(place)] !== item) place++;
    if (place >= last) return false;
    for (; place > 0; place--) this.ring[this.at(place)] = this.ring[this.at(place - 1)];
    this.shift();
    return true;
  }

  find(isMeant: (item: Item) => boolean): Item | undefined {
    for (const item of this) if (isMeant(item)) return item;
    return undefined;
  }

  findLast(isMeant: (item: Item) => boolean): Item | undefined {
    for (let place = this.size - 1; place >= 0; place--) {
      const item = this.ring[this.at(place)];
      if (item !== undefined && isMeant(item)) return item;
    }
    return undefined;
  }

  take(): Item[] {
    const items = [...this];
    this.clear();
    return items;
  }

  /** Includes items pushed meanwhile. */
  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (let place = 0; place < this.size; place++) {
      const item = this.ring[this.at(place)];
      if (item !== undefined) yield item;
    }
  }

  private at(place: number): number {
    return (this.head + place) & (this.ring.length - 1);
  }

  private clear(): void {
    this.ring = emptyRing(FIRST_CAPACITY);
    this.head = 0;
    this.size = 0;
  }

  private grow(): void {
    const items = [...this];
    this.ring = [...items, ...emptyRing<Item>(items.length)];
    this.head = 0;
  }
}

function emptyRing<Item>(length: number): (Item | undefined)[] {
  return Array.from({ length }, () => undefined);
}
