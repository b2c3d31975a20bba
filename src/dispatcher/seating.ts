import type { ConsumerConfig } from '../config/index.js';
import { cutToBytes, SHORT_STRING_BYTES, type SlotSpec } from '../protocol/index.js';
import type { Slot } from './slot.js';
import { SlotWindow } from './slot-window.js';

/** One consumer entry and its slots. */
export interface Seating {
  readonly entry: ConsumerConfig;
  readonly consumerTag: string;
  readonly slots: readonly Slot[];
}

/** Gives every instance its thread: round about, over all entries, so that no thread is crowded while another is empty. */
export function seat(consumers: readonly ConsumerConfig[], threads: number, connectionName: string): Seating[] {
  let next = 0;
  return consumers.map((entry, index) => {
    const consumerTag = tagOf(entry, index, connectionName);
    const slots = Array.from({ length: entry.consumerCount }, (_, instance): Slot => {
      const slot = next++;
      const spec: SlotSpec = {
        slot,
        reference: entry.reference,
        consumer: entry.consumer,
        name: entry.name,
        queue: entry.queue,
        consumerTag,
        instance,
        shutdownTimeoutMs: entry.shutdownTimeoutMs,
        ...(entry.batch !== undefined && { batchSize: entry.batch.size }),
        options: entry.options,
      };
      return { spec, thread: slot % threads, up: true, stalled: false, window: new SlotWindow(), handed: [] };
    });
    return { entry, consumerTag, slots };
  });
}

/** Says on the broker whose consumer it is: `EmailConsumer.0.HOST-PID-RANDOM`. */
function tagOf(entry: ConsumerConfig, index: number, connectionName: string): string {
  return cutToBytes(`${entry.name}.${index}.${connectionName}`, SHORT_STRING_BYTES);
}
