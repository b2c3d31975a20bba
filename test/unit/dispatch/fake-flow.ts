import { Delivery, type EntryFlow } from '../../../src/dispatch/delivery.js';
import { FakeEpoch, makeMessage } from './fake-epoch.js';

/** A flow that only records the events of its deliveries. */
export class FakeFlow implements EntryFlow {
  readonly events: string[] = [];

  answered(_delivery: Delivery, answer: string): void {
    this.events.push(`answered ${answer}`);
  }

  lost(_delivery: Delivery, reason: string): void {
    this.events.push(`lost: ${reason}`);
  }

  reported(): void {
    this.events.push('reported');
  }

  failed(): void {
    this.events.push('failed');
  }

  slotUp(): void {
    this.events.push('slot up');
  }

  slotDown(): void {
    this.events.push('slot down');
  }

  slotAwake(): void {
    this.events.push('slot awake');
  }

  drainSlot(): Promise<void> {
    return Promise.resolve();
  }

  slotDied(): void {
    this.events.push('slot died');
  }
}

/** A delivery with the properties that the test sets. */
export function makeDelivery(
  parts: Partial<Pick<Delivery, 'message' | 'epoch' | 'flow' | 'receivedAtMs' | 'isAllowed'>> = {},
): Delivery {
  return new Delivery({
    message: makeMessage(1),
    epoch: new FakeEpoch(),
    flow: new FakeFlow(),
    receivedAtMs: 0,
    isAllowed: true,
    ...parts,
  });
}
