/**
 * Books invoices. Now and then it computes for seconds without yielding, which would block a single-threaded program.
 */
export class InvoiceConsumer {
  // An instance lives on one thread and handles one message at a time, so it can keep state between messages.
  booked = 0;

  /** @param {import('amqp-dispatcher').ConsumerContext} context */
  constructor({ logger, options }) {
    this.logger = logger;
    this.computeSeconds = Number(options.compute_seconds);
    this.computeEvery = Number(options.compute_every);
  }

  /**
   * @param {import('amqp-dispatcher').Amqp} amqp
   * @param {import('amqp-dispatcher').Message} message
   */
  async consume(amqp, message) {
    const invoice = message.json();
    this.booked++;
    const isComputing = this.booked % this.computeEvery === 5;
    if (isComputing) {
      this.logger.info({ computing: true }, `computing ${this.computeSeconds} s without a pause… the others go on`);
      compute(this.computeSeconds);
    }

    await amqp.ack(); // throws DELIVERY_LOST if the connection was lost meanwhile
    if (isComputing) this.logger.info('computed and acked: same connection, no heartbeat missed');
    this.logger.info(`invoice ${invoice.id} booked: ${invoice.total.toFixed(2)} €`);
  }
}

/** Stands in for rendering, encryption or image processing: it does not yield. */
function compute(seconds) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}
