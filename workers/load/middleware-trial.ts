import { pino } from 'pino';
import type { MiddlewareProbe } from '../../src/bridge/index.js';
import type { ConsumerContext } from '../../src/consumer-api/index.js';
import { ConfigurationError } from '../../src/errors/index.js';
import { noHandler } from '../instance/middleware-chain.js';
import { MetricRegistry } from '../metrics/metric-registry.js';
import type { ModuleLoader } from './module-loader.js';
import { isCallable } from './user-export.js';

/**
 * A throw is no finding: the middleware may need the startup handler.
 * @throws ConfigurationError as the loader does, and `CONSUMER_INVALID` if it makes no handler
 */
export async function tryMiddleware(
  { reference, queue, options }: Pick<MiddlewareProbe, 'reference' | 'queue' | 'options'>,
  loader: ModuleLoader,
): Promise<void> {
  const factory = await loader.middleware(reference);
  const context: ConsumerContext = {
    logger: pino({ level: 'silent' }),
    metrics: new MetricRegistry(() => undefined),
    options,
    resources: {},
    queue,
    instance: 0,
    thread: 0,
  };
  let made: unknown;
  try {
    made = factory(() => undefined, context);
  } catch {
    return;
  }
  if (!isCallable(made)) throw new ConfigurationError('CONSUMER_INVALID', noHandler(reference, made));
}
