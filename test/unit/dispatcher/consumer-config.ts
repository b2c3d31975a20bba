import type { ConsumerConfig } from '../../../src/config/index.js';

/** A consumer entry with its defaults. */
export function consumerConfig(name: string, consumerCount: number): ConsumerConfig {
  return {
    path: 'consumers[0]',
    position: { line: 1, column: 1 },
    consumer: `./workers.js:${name}`,
    reference: { module: './workers.js', exportName: name },
    name,
    queue: `queue of ${name}`,
    consumerCount,
    prefetchCount: consumerCount,
    onExhausted: 'dead_letter',
    maxDeaths: 3,
    resourceLimits: {},
    shutdownTimeoutMs: 10_000,
    arguments: {},
    options: { a: 1 },
  };
}
