import type { LossReason } from '../broker/index.js';
import { DURATION_BOUNDS, Histogram } from './histogram.js';

/** How a publish ended; `lost`: the connection went before its confirm, so it may have arrived. */
export const PUBLISH_RESULTS = ['confirmed', 'returned', 'refused', 'lost'] as const;
export type PublishResult = (typeof PUBLISH_RESULTS)[number];

/** The two connections of a daemon. */
export const ROLES = ['consumer', 'publisher'] as const;
export type Role = (typeof ROLES)[number];

/** Counts what happens on the connections: publishes, losses, subscriptions renewed. */
export class BrokerMetrics {
  readonly publishes: Record<PublishResult, number> = { confirmed: 0, returned: 0, refused: 0, lost: 0 };
  readonly confirm = new Histogram(DURATION_BOUNDS);
  readonly connectionsLost: Record<Role, number> = { consumer: 0, publisher: 0 };
  readonly resubscriptions: Record<LossReason, number> = { channel_closed: 0, cancelled: 0, stalled: 0, refused: 0 };

  /** Counts a publish that begins now when it ends: returns what its end calls. */
  timing(done: (error?: unknown) => void): (error?: unknown) => void {
    const sentAtMs = performance.now();
    return (error) => {
      this.published(error, performance.now() - sentAtMs);
      done(error);
    };
  }

  /** The same for a promise; rejects as it does. */
  async timed(sent: Promise<void>): Promise<void> {
    const count = this.timing(() => undefined);
    try {
      await sent;
    } catch (error) {
      count(error);
      throw error;
    }
    count();
  }

  private published(error: unknown, tookMs: number): void {
    const result = resultOf(error);
    this.publishes[result]++;
    if (result === 'confirmed') this.confirm.observe(tookMs / 1_000);
  }
}

function resultOf(error: unknown): PublishResult {
  if (error === undefined) return 'confirmed';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'PUBLISH_UNROUTABLE') return 'returned';
  return code === 'PUBLISH_UNCONFIRMED' || code === 'DELIVERY_LOST' ? 'lost' : 'refused';
}
