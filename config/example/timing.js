/**
 * Tells how long each message took.
 *
 * @type {import('amqp-dispatcher').Middleware}
 */
export function timing(next, { logger }) {
  return async (amqp, message) => {
    const started = performance.now();
    try {
      await next(amqp, message);
    } finally {
      logger.debug({ ms: Math.round(performance.now() - started) }, 'consumed');
    }
  };
}
