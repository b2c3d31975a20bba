/** Stands in for a consumer that sends a mail for each message. */
export class EmailConsumer {
  #logger;
  #sender;

  /** @param {import('amqp-dispatcher').ConsumerContext} context */
  constructor({ logger, options }) {
    this.#logger = logger;
    this.#sender = options.sender ?? 'nobody@example.com';
  }

  /**
   * @param {import('amqp-dispatcher').Amqp} amqp
   * @param {import('amqp-dispatcher').Message} message
   */
  async consume(amqp, message) {
    this.#logger.info({ sender: this.#sender, bytes: message.body.length }, 'would send a mail');
    await amqp.ack();
  }

  /** @param {Error | null} exception */
  shutdown(exception) {
    this.#logger.debug({ err: exception }, 'no more mails from this instance');
  }
}

export default EmailConsumer;
