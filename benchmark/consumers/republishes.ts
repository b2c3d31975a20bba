import type { Amqp, Consumer, Message } from '../../src/consumer-api/index.js';
import { MessageCounter } from '../probes/message-counter.js';
import { readWorkPlan } from '../workloads/work-plan.js';

const plan = readWorkPlan();
const counter = new MessageCounter(plan);

/** Publishes the message to another queue and acks it once the broker has confirmed the copy. */
export default class Republishes implements Consumer {
  async consume(amqp: Amqp, { body }: Message): Promise<void> {
    counter.count();
    // Transient, like the originals: we do not measure the disk.
    await amqp.publish('', plan.targetQueue, {}, body, { persistent: false });
    await amqp.ack();
  }
}
