import { cutToBytes, SHORT_STRING_BYTES } from '../../amqp/index.js';
import { type SlotSpec } from '../../bridge/index.js';
import type { ConsumerConfig } from '../../config/index.js';
import { Slot } from '../delivery.js';

/** One consumer entry and its slots. */
export interface SlotLayout {
  readonly entry: ConsumerConfig;
  readonly consumerTag: string;
  readonly slots: readonly Slot[];
}

/** Gives every instance its thread, round-robin over the shared ones or over its entry's own. */
export function layOutSlots(
  consumers: readonly ConsumerConfig[],
  threads: number,
  connectionName: string,
): SlotLayout[] {
  let slots = 0;
  let shared = 0;
  let firstOwn = sharedThreads(consumers, threads);
  return consumers.map((entry, index) => {
    const consumerTag = tagOf(entry, index, connectionName);
    const own = entry.threads;
    const first = firstOwn;
    if (own !== undefined) firstOwn += own;
    const threadOf = (instance: number): number => (own === undefined ? shared++ % threads : first + (instance % own));
    const optionPlaces = placesOf(entry, ['options'], entry.options);
    const ownSlots = Array.from({ length: entry.consumerCount }, (_, instance): Slot => {
      const spec: SlotSpec = {
        slot: slots++,
        path: entry.path,
        reference: entry.reference,
        consumer: entry.consumer,
        name: entry.name,
        queue: entry.queue,
        consumerTag,
        instance,
        shutdownTimeoutMs: entry.shutdownTimeoutMs,
        ...(entry.batch !== undefined && { batchSize: entry.batch.size }),
        options: entry.options,
        optionPlaces,
        middleware: entry.middleware.map(({ module, exportName, baseDir, place }) => ({
          module,
          exportName,
          ...(baseDir !== undefined && { baseDir }),
          place,
        })),
        ...(entry.decode !== undefined && { decode: entry.decode }),
      };
      return new Slot(spec, threadOf(instance));
    });
    return { entry, consumerTag, slots: ownSlots };
  });
}

/** Deeper parts are found by what they are in: every slot carries the places to its thread. */
const DEEPEST_PLACE = 3;

function placesOf(entry: ConsumerConfig, path: readonly (string | number)[], value: unknown): Record<string, string> {
  const { place } = entry.locate(path);
  const keys = typeof value === 'object' && value !== null && path.length <= DEEPEST_PLACE ? Object.entries(value) : [];
  const inner = keys.map(([key, each]) => placesOf(entry, [...path, Array.isArray(value) ? Number(key) : key], each));
  return Object.assign({ [JSON.stringify(path)]: place }, ...inner);
}

/** 0 if every entry has its own threads. */
export function sharedThreads(consumers: readonly ConsumerConfig[], threads: number): number {
  return consumers.some((entry) => entry.threads === undefined) ? threads : 0;
}

/** `EmailConsumer.0.HOST-PID-RANDOM`. */
function tagOf(entry: ConsumerConfig, index: number, connectionName: string): string {
  return cutToBytes(`${entry.name}.${index}.${connectionName}`, SHORT_STRING_BYTES);
}
