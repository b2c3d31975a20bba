import { fixture } from '../daemon/fixture.js';

export interface LedgerDaemonOptions {
  readonly queues: readonly string[];
  /** More keys of each queue in the file: `{ x_queue_type: 'quorum' }`. */
  readonly queueKeys?: object;
  /** The consumer class in ledger.mjs. Default `Enters`. */
  readonly consumerClass?: string;
  /** More keys of each consumer entry: `{ retry: {} }`. */
  readonly entryKeys?: object;
  /** For each of the queues. Default 20. */
  readonly prefetch?: number;
  /** Milliseconds that every fourth message takes. Default 4. */
  readonly workMs?: number;
  /** Name of a file in the daemon's folder that all consumers wait for; until then messages accumulate. */
  readonly gate?: string;
}

/** What `startDaemon` takes. */
export interface LedgerDaemon {
  readonly config: {
    readonly connection: object;
    readonly queues: readonly object[];
    readonly consumers: readonly object[];
  };
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export const LEDGER_PREFETCH = 20;

/** A daemon with one subscription per queue, whose consumers on two threads write the ledger's file. */
export function ledgerDaemon(file: string, options: LedgerDaemonOptions): LedgerDaemon {
  const { queues, queueKeys, consumerClass = 'Enters', entryKeys, prefetch = LEDGER_PREFETCH } = options;
  const { workMs = 4, gate } = options;
  return {
    config: {
      // Otherwise another ten seconds of waiting could follow an outage of ten.
      connection: { reconnect_delay_max: '1s' },
      queues: queues.map((queue) => ({ queue, ...queueKeys })),
      consumers: queues.map((queue) => ({
        consumer: `${fixture('ledger.mjs')}:${consumerClass}`,
        queue,
        consumer_count: 3,
        prefetch_count: prefetch,
        ...entryKeys,
        options: { workMs, ...(gate !== undefined && { gate }) },
      })),
    },
    env: { TEST_LEDGER: file },
    args: ['--threads', '2'],
  };
}
