import { setTimeout as sleep } from 'node:timers/promises';

/** Sends mails through a server that is not always in the mood. */
export class EmailConsumer {
  /** @param {import('amqp-dispatcher').ConsumerContext} context */
  constructor({ logger, options }) {
    this.logger = logger;
    this.failsEvery = Number(options.fails_every);
  }

  /**
   * @param {import('amqp-dispatcher').Amqp} amqp
   * @param {import('amqp-dispatcher').Message} message
   */
  async consume(amqp, message) {
    const { id } = message.json();
    const { redelivered, routingKey } = message.deliveryInfo;
    await sleep(20); // a mail takes a while, and the thread is free meanwhile

    // A throw puts the message back onto its queue; it comes again, with `redelivered`.
    if (id % this.failsEvery === 3 && !redelivered) throw new Error(`mail ${id}: 451 try again later`);

    await amqp.ack();
    this.logger.info(`mail ${id} sent (${routingKey})${redelivered ? ', at the second attempt: redelivered' : ''}`);
  }

  /**
   * Called after a throw, with what was thrown, and at the daemon's stop, with null. Then this instance is gone; after a
   * throw a new one takes its place, and not before this has returned: so the pause keeps a bad day from running hot.
   *
   * @param {Error | null} exception
   */
  async shutdown(exception) {
    if (exception === null) return;
    this.logger.warn(`shutdown(${exception.name}): a new instance in 0.5 s, the message comes again`);
    await sleep(500);
  }
}
