/** Takes orders and requests an invoice for each new one. */
export class OrderConsumer {
  /** @param {import('amqp-dispatcher').ConsumerContext} context */
  constructor({ logger }) {
    this.logger = logger;
  }

  /**
   * @param {import('amqp-dispatcher').Amqp} amqp
   * @param {import('amqp-dispatcher').Message} message
   */
  async consume(amqp, message) {
    const order = message.json();
    if (message.deliveryInfo.routingKey === 'order.cancelled') {
      this.logger.info(`order ${order.id} cancelled`);
      return; // returning without an answer acks
    }

    // Resolves when the broker has confirmed the message. If it throws, the broker delivers the order again.
    await amqp.publish('shop', 'invoice.created', {}, { id: order.id, total: order.total });
    this.logger.info({ published: 'invoice.created' }, `order ${order.id} → invoice.created, confirmed`);
    await amqp.ack();
  }
}
