import type { TestContext } from 'node:test';
import { type TestVhost, testVhost } from '../broker/test-vhost.js';
import type { JsonRecord } from '../json-record.js';
import { waitFor } from '../wait.js';
import { type Daemon, startDaemon } from './daemon.js';
import { fixture } from './fixture.js';

/** A daemon whose consumer of the queue `q` takes batches (fixtures/batches.mjs), and the records of those. */

export interface BatchShape {
  readonly type: string;
  readonly batch: { readonly size: number; readonly wait: string };
  readonly entry?: object;
  readonly threads?: number;
}

export async function batching(t: TestContext, shape: BatchShape): Promise<[Daemon, TestVhost]> {
  const vhost = await testVhost(t);
  const daemon = await startBatching(t, vhost, shape);
  return [daemon, vhost];
}

export async function startBatching(t: TestContext, vhost: TestVhost, shape: BatchShape): Promise<Daemon> {
  const { type, batch, entry = {}, threads = 1 } = shape;
  const daemon = await startDaemon(t, {
    url: vhost.url,
    config: {
      queues: [{ queue: 'q', x_queue_type: type }],
      consumers: [{ consumer: `${fixture('batches.mjs')}:Batching`, queue: 'q', batch, ...entry }],
    },
    args: ['--threads', String(threads)],
  });
  await daemon.ready();
  return daemon;
}

/** Publishes so many messages with ids from `first` on; `special` has instructions by id. */
export async function publish(
  vhost: TestVhost,
  count: number,
  special: Record<number, object> = {},
  first = 1,
): Promise<void> {
  await vhost.channel();
  // Not one after the other, because a batch waits only so long. One channel keeps their order.
  const ids = Array.from({ length: count }, (_, index) => first + index);
  await Promise.all(ids.map(async (id) => vhost.publish('q', { id, ...special[id] })));
}

export function every(count: number, special: object): Record<number, object> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, special]));
}

export function eventsOf(records: readonly JsonRecord[], event: string): JsonRecord[] {
  return records.filter((record) => record.event === event);
}

export function idsOf(record: JsonRecord | undefined): number[] {
  const ids = record?.['ids'];
  return Array.isArray(ids) ? ids.map(Number) : [];
}

/** Waits for so many batches; returns all so far. */
export async function batches(daemon: Daemon, count: number): Promise<JsonRecord[]> {
  return eventsOf(await daemon.waitForRecords((all) => eventsOf(all, 'batch').length >= count), 'batch');
}

/** The attempts of a message in order, and the size of its batch each time. */
export function attemptsOf(daemon: Daemon, id: number): [number, number][] {
  return eventsOf(daemon.records(), 'batch').flatMap((batch) => {
    const at = idsOf(batch).indexOf(id);
    const attempts = batch['attempts'];
    return at < 0 || !Array.isArray(attempts) ? [] : [[Number(attempts[at]), attempts.length] as [number, number]];
  });
}

export async function untilDepth(vhost: TestVhost, queue: string, ready: number, unacked = 0): Promise<void> {
  let depth: object | undefined;
  await waitFor(
    async () => {
      const found = (await vhost.queueDepths()).get(queue);
      depth = found;
      return found?.ready === ready && found.unacked === unacked;
    },
    { everyMs: 100, what: () => `${ready} ready and ${unacked} unacked in ${queue}: ${JSON.stringify(depth)}` },
  );
}

export function idIn(message: { readonly content: Buffer } | undefined): unknown {
  return JSON.parse(message?.content.toString() ?? '{}').id;
}

export function ascending(ids: readonly number[]): number[] {
  return ids.toSorted((one, other) => one - other);
}
