import type { Delivery, Partition, Slot } from '../delivery.js';
import type { Backlog, BacklogPorts } from './backlog.js';
import type { KeyReader } from './partition-key.js';
import { spareKeys } from './spare-keys.js';

/**
 * Hands over the deliveries of one key in order, one at a time.
 *
 *     free ── its first goes to the least busy slot ──▶ with a slot ── its last there has ended, or was taken back ──▶ free
 *     any ── nothing waits, and nothing is handed ──▶ forgotten
 *
 * More of a key may go ahead to the slot that has it, which saves the hop. Free keys get room first; a hot key takes
 * the rest.
 */
export class KeyOrder implements Backlog {
  private readonly ports: BacklogPorts;
  private readonly keyOf: KeyReader;
  private readonly byKey = new Map<string, Partition>();
  /** In the order of their turns. */
  private free: Partition[] = [];
  /** Slots whose keys have more messages waiting. */
  private readonly withMore = new Set<Slot>();
  private waiting = 0;

  constructor(ports: BacklogPorts, keyOf: KeyReader) {
    this.ports = ports;
    this.keyOf = keyOf;
  }

  get isEmpty(): boolean {
    return this.waiting === 0;
  }

  add(delivery: Delivery): void {
    const partition = this.partitionOf(delivery);
    partition.waiting.push(delivery);
    this.waiting++;
    if (partition.slot !== undefined) this.withMore.add(partition.slot);
    else if (partition.waiting.length === 1) this.free.push(partition);
    this.hand();
  }

  hand(): void {
    let handed = 0;
    for (const partition of this.free) {
      const slot = this.ports.leastBusy();
      if (slot === undefined || !this.handNext(partition, slot)) break;
      handed++;
    }
    if (handed > 0) this.free.splice(0, handed);
    if (this.free.length > 0) return;
    for (const slot of this.withMore) if (this.handAhead(slot)) this.withMore.delete(slot);
  }

  putBack(deliveries: readonly Delivery[]): void {
    const back = deliveries.map((delivery) => ({ delivery, partition: this.partitionOf(delivery) }));
    for (const { delivery, partition } of back.toReversed()) partition.waiting.unshift(delivery);
    this.waiting += back.length;
    const first = new Set<Partition>();
    for (const { partition } of back) {
      if (partition.slot === undefined) first.add(partition);
      else this.withMore.add(partition.slot);
    }
    if (first.size > 0) this.free = [...first, ...this.free.filter((partition) => !first.has(partition))];
  }

  left(delivery: Delivery): void {
    const { partition } = delivery;
    if (partition === undefined) return;
    delivery.partition = undefined;
    partition.handed--;
    if (partition.handed > 0) return;
    partition.slot = undefined;
    if (partition.waiting.length > 0) this.free.push(partition);
    else this.forget(partition);
  }

  remove(isMeant: (delivery: Delivery) => boolean): readonly Delivery[] {
    const removed: Delivery[] = [];
    // Keyless partitions are only in `free`.
    for (const partition of new Set([...this.free, ...this.byKey.values()])) {
      const { waiting } = partition;
      if (!waiting.some(isMeant)) continue;
      removed.push(...waiting.filter(isMeant));
      partition.waiting = waiting.filter((delivery) => !isMeant(delivery));
      if (partition.handed === 0 && partition.waiting.length === 0) this.forget(partition);
    }
    this.free = this.free.filter(({ waiting }) => waiting.length > 0);
    this.waiting -= removed.length;
    // A quorum queue redelivers in the order of the returns.
    return removed.toSorted((one, other) => one.message.deliveryTag - other.message.deliveryTag);
  }

  spare(idle: Slot): readonly Delivery[] {
    if (this.free.length > 0) return [];
    return spareKeys(idle, this.ports.slots);
  }

  private handAhead(slot: Slot): boolean {
    // The loop goes on into what this appends.
    for (const delivery of slot.handed) {
      const { partition } = delivery;
      if (partition === undefined || partition.waiting.length === 0) continue;
      if (!slot.hasRoom) return false;
      // Two hot keys would share this slot for ever.
      if (partition.handed < slot.handed.length && this.ports.slots.some(({ isIdle }) => isIdle)) return false;
      if (!this.handNext(partition, slot)) return false;
    }
    return true;
  }

  private handNext(partition: Partition, slot: Slot): boolean {
    const delivery = partition.waiting[0];
    if (delivery === undefined || !this.ports.isAllowed(delivery)) return false;
    partition.waiting.shift();
    this.waiting--;
    partition.handed++;
    partition.slot = slot;
    delivery.partition = partition;
    if (partition.waiting.length > 0) this.withMore.add(slot);
    this.ports.offer(delivery, slot);
    return true;
  }

  private partitionOf({ message }: Delivery): Partition {
    const key = this.keyOf(message);
    const known = key === undefined ? undefined : this.byKey.get(key);
    if (known !== undefined) return known;
    const partition: Partition = { key, waiting: [], handed: 0, slot: undefined };
    if (key !== undefined) this.byKey.set(key, partition);
    return partition;
  }

  private forget({ key }: Partition): void {
    if (key !== undefined) this.byKey.delete(key);
  }
}
