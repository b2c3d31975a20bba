import type { Logger } from 'pino';
import type { Delivery } from './delivery.js';
import type { DeliveryFeed } from './delivery-events.js';
import type { Slot } from './slot.js';

/** Writes the lives of one consumer entry's deliveries: failures and what threads died of always, the rest at `debug`. */
export function logDeliveries(feed: DeliveryFeed, logger: Logger, entry: { queue: string; consumer: string }): void {
  const fields = (delivery: Delivery, slot: Slot | undefined = delivery.handedTo?.slot): object => ({
    ...entry,
    ...(slot !== undefined && { instance: slot.spec.instance, thread: slot.thread }),
    deliveryTag: delivery.message.deliveryTag,
    redelivered: delivery.message.redelivered,
  });
  feed.on('failed', ({ delivery, slot, error }) => {
    logger.error({ ...fields(delivery, slot), err: error }, `consume failed: ${error.message}`);
  });
  feed.on('counted', ({ delivery, deaths, maxDeaths }) => {
    const message = `back on its queue: ${deaths} of ${maxDeaths} threads that it may take down have died`;
    logger.warn({ ...fields(delivery), deaths }, message);
  });
  feed.on('quarantined', ({ delivery, deaths, queue }) => {
    const message = `put into "${queue}": ${deaths} ${deaths === 1 ? 'thread' : 'threads'} died while it ran`;
    logger.error({ ...fields(delivery), deaths, code: 'MESSAGE_QUARANTINED' }, message);
  });
  // Asked once, not for each message: at `info` a message costs no logging work at all.
  if (!logger.isLevelEnabled('debug')) return;
  feed.on('received', ({ delivery }) => logger.debug(fields(delivery), 'received'));
  feed.on('offered', ({ delivery, slot }) => logger.debug(fields(delivery, slot), 'offered'));
  feed.on('revoked', ({ delivery, slot }) => logger.debug(fields(delivery, slot), 'revoked'));
  feed.on('answered', ({ delivery, answer }) => logger.debug({ ...fields(delivery), answer }, `answered: ${answer}`));
  feed.on('released', ({ delivery, reason }) => logger.debug(fields(delivery), `released: ${reason}`));
  feed.on('lost', ({ delivery, reason }) => logger.debug(fields(delivery), `lost: ${reason}`));
}
