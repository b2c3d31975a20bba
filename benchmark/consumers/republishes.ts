import type { Amqp, Consumer, Message } from '../../src/consumer-api/index.js';
import { Stopwatch } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const stopwatch = new Stopwatch(plan);

/** Publishes the message to another queue, and acks it once the broker has confirmed that. */
export default class Republishes implements Consumer {
  async consume(amqp: Amqp, { body }: Message): Promise<void> {
    stopwatch.lap();
    // Transient, like the stock: what is measured is no disk.
    await amqp.publish('', plan.shelf, {}, body, { persistent: false });
    await amqp.ack();
  }
}
