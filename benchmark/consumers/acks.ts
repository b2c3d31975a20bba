import type { Amqp, Consumer } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../stopwatch.js';

/** Acks, and nothing else. */
export default class Acks implements Consumer {
  readonly #stopwatch = Stopwatch.fromEnvironment();

  async consume(amqp: Amqp): Promise<void> {
    this.#stopwatch.lap();
    await amqp.ack();
  }
}
