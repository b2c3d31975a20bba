import type { ConsumerConfig } from '../../../src/config/index.js';

/** A consumer entry with its defaults. */
export function consumerConfig(name: string, consumerCount: number): ConsumerConfig {
  return {
    path: 'consumers[0]',
    place: 'config.yml:2:5  consumers[0]',
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
    middleware: [{ module: './mw.js', exportName: 'mw', path: 'p', written: './mw.js:mw', place: 'config.yml:1:1  p' }],
    locate: (path) => ({ path: path.join('.'), place: `config.yml:1:1  ${path.join('.')}` }),
  };
}
