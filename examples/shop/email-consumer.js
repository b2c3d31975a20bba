import { setTimeout as sleep } from 'node:timers/promises';

/** Sends mails through a server that sometimes refuses them, and keeps a copy of each in the file of its thread. */
export class EmailConsumer {
  /**
   * @param {import('amqp-dispatcher').ConsumerContext<
   *   import('amqp-dispatcher').Options,
   *   import('amqp-dispatcher').Resources<typeof import('./startup.js').startup>
   * >} context
   */
  constructor({ logger, options, resources }) {
    this.outbox = resources.outbox; // opened by startup.js, shared by the consumers of this thread
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
    await sleep(20); // sending takes a while; the thread is free meanwhile

    // Throwing returns the message to its queue; the broker delivers it again with `redelivered`.
    if (id % this.failsEvery === 3 && !redelivered) throw new Error(`mail ${id}: 451 try again later`);

    await this.outbox.appendFile(`mail ${id} (${routingKey})\n`);
    await amqp.ack();
    this.logger.info(`mail ${id} sent (${routingKey})${redelivered ? ', at the second attempt: redelivered' : ''}`);
  }

  /**
   * Called with the error after a throw, and with null when the daemon stops. After a throw a new instance replaces
   * this one once this method returns, so the pause keeps an outage from becoming a fast loop.
   *
   * @param {Error | null} exception
   */
  async shutdown(exception) {
    if (exception === null) return;
    this.logger.warn(`shutdown(${exception.name}): a new instance in 0.5 s, the message comes again`);
    await sleep(500);
  }
}
