import type { DaemonLog } from './daemon-log.js';
import { type ShopPlan, sentTo } from './shop-plan.js';

export interface SummaryParts {
  readonly plan: ShopPlan;
  readonly log: DaemonLog;
  /** Confirmed messages of the customers, by routing key. */
  readonly ordered: ReadonlyMap<string, number>;
  /** Messages still in each queue, counted by the broker. */
  readonly left: ReadonlyMap<string, number>;
}

/** One row of the table. */
export interface QueueSummary {
  readonly queue: string;
  readonly published: number;
  readonly consumed: number;
  readonly acked: number;
  readonly requeued: number;
  readonly republished: number;
  readonly left: number;
}

/**
 * Combines three sources: the publishers count published messages, the daemon's log the rest, the broker what is left.
 */
export function summarize({ plan, log, ordered, left }: SummaryParts): QueueSummary[] {
  const logs = new Map(plan.queues.map(({ name }) => [name, log.of(name)]));
  const published = new Map(ordered);
  for (const { republished } of logs.values()) {
    for (const [routingKey, count] of republished) published.set(routingKey, (published.get(routingKey) ?? 0) + count);
  }
  return plan.queues.map(({ name, patterns }) => {
    const { consumed, acked, requeued, republished } = log.of(name);
    const onward = [...republished.values()].reduce((sum, count) => sum + count, 0);
    return {
      queue: name,
      published: sentTo(patterns, published),
      consumed,
      acked,
      requeued,
      republished: onward,
      left: left.get(name) ?? 0,
    };
  });
}

/** True when every published message is acked or still in its queue. */
export function isAccountedFor(rows: readonly QueueSummary[]): boolean {
  return rows.every(({ published, acked, left }) => published === acked + left);
}

const COLUMNS = ['queue', 'published', 'consumed', 'acked', 'requeued', 'republished', 'left'] as const;

export function formatTable(rows: readonly QueueSummary[]): string {
  const cells = [[...COLUMNS], ...rows.map((row) => COLUMNS.map((column) => String(row[column])))];
  return cells
    .map((line) => line.map((cell, index) => (index === 0 ? cell.padEnd(10) : cell.padStart(13))).join(''))
    .join('\n');
}

/** Says in one sentence whether the connection outlived the computing. */
export function formatConnections(log: DaemonLog, heartbeatSeconds: number): string {
  const { opened, lost } = log.connections;
  const computed = `${log.computations} × 5 s of computing at a heartbeat of ${heartbeatSeconds} s`;
  return lost === 0 && opened > 0
    ? `Connections: the consumers' was opened once and never lost, ${computed}.`
    : `Connections: opened ${opened}, lost ${lost}, ${computed}.`;
}
