import type { ModuleReference } from '../../src/bridge/index.js';
import type { ConsumerContext, Handler } from '../../src/consumer-api/index.js';
import { ConfigurationError, ConsumerError, messageOf } from '../../src/errors/index.js';
import { placed } from '../load/place.js';
import { isCallable, kindOf, nameOf } from '../load/user-export.js';
import { shown } from './consumer-shutdown.js';

/** A middleware as its module exports it; its types are the user's. */
export type MiddlewareFactory = (next: Handler<never, never>, context: ConsumerContext) => unknown;

export interface LoadedMiddleware {
  readonly reference: ModuleReference;
  readonly factory: MiddlewareFactory;
}

/**
 * Wraps `innermost`, the first of the list outermost.
 * @throws ConsumerError `CONSUMER_CONSTRUCTION_FAILED`; ConfigurationError `CONSUMER_INVALID`
 */
export function chain<Received, Answers>(
  innermost: Handler<Received, Answers>,
  middleware: readonly LoadedMiddleware[],
  context: ConsumerContext,
): Handler<Received, Answers> {
  return middleware.reduceRight<Handler<Received, Answers>>((next, { reference, factory }) => {
    let made: unknown;
    try {
      made = factory(next, context);
    } catch (error) {
      const cause = shown(error);
      const why = placed(reference, `${nameOf(reference)} threw: ${messageOf(cause)}`);
      throw new ConsumerError('CONSUMER_CONSTRUCTION_FAILED', why, { cause });
    }
    if (isCallable<Handler<Received, Answers>>(made)) return made;
    throw new ConfigurationError('CONSUMER_INVALID', placed(reference, noHandler(reference, made)));
  }, innermost);
}

export function noHandler(reference: ModuleReference, made: unknown): string {
  return `${nameOf(reference)} returned ${kindOf(made)} (expected a function, (amqp, message) => …)`;
}
