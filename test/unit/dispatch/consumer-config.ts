import type { ConsumerConfig } from '../../../src/config/index.js';

const NOWHERE = { line: 1, column: 1 };

/** A consumer entry with its defaults. */
export function consumerConfig(name: string, consumerCount: number): ConsumerConfig {
  return {
    path: 'consumers[0]',
    position: NOWHERE,
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
    middleware: [{ module: './mw.js', exportName: 'mw', path: 'p', written: './mw.js:mw', position: NOWHERE }],
    locate: (path) => ({ path: path.join('.'), position: NOWHERE }),
  };
}
