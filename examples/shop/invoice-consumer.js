/** Books invoices. Every so often it computes for seconds without a pause, which no event loop survives in one thread. */
export class InvoiceConsumer {
  // An instance lives on one thread and handles one message at a time: state between messages is safe.
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

    await amqp.ack(); // had the connection gone meanwhile, this would throw DELIVERY_LOST
    if (isComputing) this.logger.info('computed and acked: same connection, no heartbeat missed');
    this.logger.info(`invoice ${invoice.id} booked: ${invoice.total.toFixed(2)} €`);
  }
}

/** Stands in for rendering, encryption, image work: it does not yield. */
function compute(seconds) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}
