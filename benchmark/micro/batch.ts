import { type OutgoingDelivery, packDeliveries, unpackDeliveries } from '../../src/protocol/index.js';
import type { Measured } from './clock.js';

/** Packing a batch for a thread, and unpacking it there. */

const MESSAGES = 16;
const BODY_BYTES = 200;

export function batchBenchmarks(): Measured[] {
  const body = Buffer.alloc(BODY_BYTES, 'x');
  const batch = Array.from({ length: MESSAGES }, (_, index): OutgoingDelivery => {
    const message = {
      deliveryTag: index + 1,
      redelivered: false,
      route: Buffer.from('\0\x04jobs'),
      properties: Buffer.of(0x10, 0, 2),
      body,
    };
    return { slot: 0, ticket: { cell: index, generation: 1 }, message };
  });
  const packed = packDeliveries(batch);
  return [
    { name: 'batch: pack', messages: MESSAGES, run: () => void packDeliveries(batch) },
    { name: 'batch: unpack', messages: MESSAGES, run: () => void unpackDeliveries(packed) },
  ];
}
